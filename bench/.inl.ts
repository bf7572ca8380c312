import { readFileSync } from "node:fs";
import { Meter } from "../src/edge/meter.ts"; import { settingsOf } from "../src/edge/options.ts"; import { readTersely } from "../src/edge/terse/policy.ts"; import { createWasmEngine } from "../src/edge/wasmengine.ts"; import { createDecision } from "../src/edge/decision.ts";
const module = new WebAssembly.Module(readFileSync(process.argv[2]!)); const SEED=[1,2,3,4] as const;
const TB = { meter: "token-bucket", rate: "10 packets/s", burst: "20 packets" } as const, SR = { meter: "trtcm", cir: "10 packets/s", cbs: "5 packets", pir: "20 packets/s", pbs: "6 packets" } as const;
const make = (policies: readonly object[], key: "u32"|"string", maxFlows = 100_000, more = {}) => new Meter(settingsOf({ policies: policies as never, maxFlows, key, seed: SEED, ...more }, readTersely), createWasmEngine(module));
const N=1_000_000; const keys=new Uint32Array(N); let s=1; for(let i=0;i<N;i++){s=(Math.imul(s,1664525)+1013904223)>>>0; keys[i]=s%80000;} const strs=Array.from({length:2000},(_, i)=>"user-key-"+String(i*7919).padStart(11,"0"));
const out=createDecision(); const res: Record<string,number>={};
function time(name:string,n:number,f:()=>void){ f(); let best=Infinity; for(let r=0;r<5;r++){const c=process.cpuUsage();f();const d=process.cpuUsage(c);best=Math.min(best,(d.user+d.system)*1000/n);} res[name]=best; }
const single=(m:Meter)=>{let now=1e6;return ()=>{for(let i=0;i<N;i++){if((i&15)===0)now+=1;m.decideInto(out,keys[i]!,now);}};};
time("u32",N,single(make([TB],"u32")));
time("wide",N,single(make([SR],"u32")));
time("two",N,single(make([TB,{meter:"token-bucket",rate:"100 packets/min",burst:"100 packets"},{all:[0,1]}],"u32")));
{const m=make([SR],"u32",20_000); time("flood",N,single(m));}
{const m=make([TB],"string");let now=1e6;time("string",N,()=>{for(let i=0;i<N;i++){if((i&15)===0)now+=1;m.decideInto(out,strs[i%2000]!,now);}});}
for(const [n,p,o] of [["batch",[TB],false],["batchOut",[TB],true],["batchWide",[SR],false],["batchWideOut",[SR],true]] as const){const m=make(p as never,"u32");const b=m.batch(4096);let now=1e6;time(n,N,()=>{for(let i=0;i+4096<=N;i+=4096){b.key.set(keys.subarray(i,i+4096));now+=4;b.time.fill(now);m.run(b,4096,{outcomes:o});}});}
{const m=make([SR],"u32");let now=1e6;time("chargeRefund",N,()=>{for(let i=0;i<N;i+=2){now+=.01;m.charge(keys[i]!,1,now);m.refund(keys[i]!,1,now);}});}
console.log(JSON.stringify(res));
