// Package tables is a store on top of anything that keeps ordered rows of bytes:
// what the rows are called and how they are encoded is decided here once, and a
// Medium gives them a place, order and durability.
package tables
