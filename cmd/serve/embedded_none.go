//go:build !embed

package main

import "io/fs"

// embedded is nil: this program serves what `make build` has made.
var embedded fs.FS
