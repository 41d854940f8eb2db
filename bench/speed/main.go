// Command speed measures till beside its floors and peers.
package main

func main() {}
