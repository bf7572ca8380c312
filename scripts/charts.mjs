// The chart library as the bundled pages see it: the script before theirs holds it once for all of them.
export default globalThis.weirCharts.default;
