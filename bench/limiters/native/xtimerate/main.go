// Command xtimerate runs golang.org/x/time/rate, a limiter a key in a map, over the workload of the benchmark:
// `xtimerate <file> <keys> <per ms> <u32|string>`. The file holds the keys and then the key of each decision, 32-bit
// words. Answers the insertion with one line of JSON, then each "from lead to" on stdin: the decisions before `lead`
// run untimed.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

const (
	limit     = 100
	increment = 600 * time.Millisecond
)

var start = time.Unix(1_700_000_000, 0)

func cpuMs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

// residentAndHeap collects garbage first.
func residentAndHeap() (int64, int64) {
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return int64(stats.Sys), int64(stats.HeapAlloc)
	}
	var total, resident int64
	fmt.Sscan(string(text), &total, &resident)
	return resident * int64(os.Getpagesize()), int64(stats.HeapAlloc)
}

type table[K comparable] map[K]*rate.Limiter

func (limiters table[K]) decide(key K, now time.Time) bool {
	limiter := limiters[key]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Every(increment), limit)
		limiters[key] = limiter
	}
	return limiter.AllowN(now, 1)
}

func play[K comparable](keys []K, order []uint32, perMs int) {
	residentBefore, heapBefore := residentAndHeap()
	limiters := table[K]{}
	fromMs := cpuMs()
	allowed := 0
	for _, key := range keys {
		if limiters.decide(key, start) {
			allowed++
		}
	}
	insertMs := cpuMs() - fromMs
	resident, heap := residentAndHeap()
	fmt.Printf("{\"insertMs\":%f,\"allowed\":%d,\"residentBytes\":%d,\"heapBytes\":%d,\"statedBytes\":null}\n",
		insertMs, allowed, resident-residentBefore, heap-heapBefore)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var from, lead, to int
		fmt.Sscan(lines.Text(), &from, &lead, &to)
		allowed, fromMs = 0, 0
		for index := from; index < to; index++ {
			if index == lead {
				fromMs = cpuMs()
			}
			// The stream begins a millisecond after the keys.
			if limiters.decide(keys[order[index]], start.Add(time.Duration(1+index/perMs)*time.Millisecond)) {
				allowed++
			}
		}
		fmt.Printf("{\"timedMs\":%f,\"allowed\":%d}\n", cpuMs()-fromMs, allowed)
	}
}

func main() {
	bytes, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	words := make([]uint32, len(bytes)/4)
	for index := range words {
		words[index] = binary.LittleEndian.Uint32(bytes[4*index:])
	}
	count, _ := strconv.Atoi(os.Args[2])
	perMs, _ := strconv.Atoi(os.Args[3])
	ids, order := words[:count], words[count:]
	if os.Args[4] == "u32" {
		play(ids, order, perMs)
		return
	}
	names := make([]string, count)
	for index, id := range ids {
		names[index] = fmt.Sprintf("customer-000%08x", id)
	}
	play(names, order, perMs)
}
