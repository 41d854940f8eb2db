package main

// figure is something that is measured beside a floor or a peer.
type figure struct {
	name string
	ours reading
	// peers are what ours is held against: where there are several, the one that asks
	// least of it.
	peers  []reading
	unit   string
	higher bool // is better: a rate. Else it is a time or a size
	bar    float64
	long   bool // takes minutes: left out by -short
}

// reading is a benchmark of a package, with how often it runs in a round.
type reading struct {
	pkg  string // below the module, or openSSL
	name string // such as "BenchmarkHost/durable-256-lines"
	time string // as -benchtime takes it
}

// count is how often a benchmark runs in a round, of which the middle one counts: one
// that takes moments three times, since others may have the processor in one of them.
func (r reading) count() int {
	if r.pkg == "bench/speed" {
		return 1
	}
	return 3
}

// openSSL stands for the package of the peer in C.
const openSSL = "openssl"

func hostCrypto(name string) reading {
	return reading{"emv/cryptogram", "BenchmarkARQCAndARPC/" + name + "/amex-style", "10000x"}
}

func dialect(name string) reading {
	return reading{"issuer/message", "BenchmarkDialects/" + name, "5000x"}
}

func hosted(name string) reading { return reading{"bench/speed", name, "20000x"} }

// figures are all that are measured, in the order of the table.
var figures = []figure{
	{name: "ARQC and ARPC, card key derived", unit: "ns/op", bar: 5, ours: hostCrypto("derivation"), peers: []reading{{openSSL, "BenchmarkOpenSSL", "100000x"}}},
	{name: "ARQC and ARPC, card key at hand", unit: "ns/op", bar: 2.5, ours: hostCrypto("cached"), peers: []reading{{openSSL, "BenchmarkOpenSSL", "100000x"}}},

	{name: "pack in ASCII (iso87)", unit: "ns/op", bar: 1.15, ours: dialect("iso87/pack/ours"), peers: []reading{dialect("iso87/pack/library")}},
	{name: "unpack in ASCII (iso87)", unit: "ns/op", bar: 1.15, ours: dialect("iso87/unpack/ours"), peers: []reading{dialect("iso87/unpack/library")}},
	{name: "pack in BCD (iso93)", unit: "ns/op", bar: 2, ours: dialect("iso93/pack/ours"), peers: []reading{dialect("iso87/pack/ours")}},
	{name: "unpack in BCD (iso93)", unit: "ns/op", bar: 2, ours: dialect("iso93/unpack/ours"), peers: []reading{dialect("iso87/unpack/ours")}},

	{name: "durable answers, 256 lines", unit: "answers/s", higher: true, bar: 0.7, ours: hosted("BenchmarkHost/durable-256-lines"),
		peers: []reading{hosted("BenchmarkBbolt/256-writers"), hosted("BenchmarkHost/memory-256-lines")}},
	{name: "answers in memory, 8 lines", unit: "answers/s", higher: true, bar: 0.5, ours: hosted("BenchmarkHost/memory-8-lines"), peers: []reading{hosted("BenchmarkHost/echo-8-lines")}},
	{name: "99th percentile at half load", unit: "p99-us", bar: 3, ours: reading{"bench/speed", "BenchmarkHalfLoad/host", "1x"}, peers: []reading{{"bench/speed", "BenchmarkHalfLoad/bbolt", "1x"}}},
	{name: "append and synchronise, 256 writers", unit: "answers/s", higher: true, ours: hosted("BenchmarkBbolt/256-writers"), peers: []reading{hosted("BenchmarkAppend/256-writers")}},

	{name: "emulated PIN change", unit: "ns/op", bar: 1.5, ours: reading{"bench", "BenchmarkPINChange", "200x"}, peers: []reading{{"bench", "BenchmarkPINChangeFloor", "200x"}}},

	{name: "open a million cards, warm", unit: "ns/op", bar: 1.5, long: true, ours: million("open-warm"), peers: []reading{million("bbolt-warm")}},
	{name: "open a million cards, cold", unit: "ns/op", bar: 1.5, long: true, ours: million("open-cold"), peers: []reading{million("bbolt-cold")}},
	{name: "heap with a million cards, MiB", unit: "heap-MiB", bar: 300, long: true, ours: million("open-warm")},
}

func million(name string) reading { return reading{"bench/speed", "BenchmarkMillion/" + name, "20x"} }
