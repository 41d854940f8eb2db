// Package browser clicks through the members' pages with a real browser, beside a
// terminal and cards that are real parts too. It has tests alone. Screenshots come to
// build/screenshots.
package browser
