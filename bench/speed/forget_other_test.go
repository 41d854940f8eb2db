//go:build !linux

package main_test

// forget reports that the system can not be told to forget a file.
func forget(string) bool { return false }
