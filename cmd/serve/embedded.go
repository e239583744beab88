//go:build embed

package main

import (
	"embed"
	"io/fs"
)

// site is put here by `make dist`.
//
//go:embed all:site
var siteTree embed.FS

// embedded is the site within the program.
var embedded = func() fs.FS {
	tree, _ := fs.Sub(siteTree, "site") // fails for invalid names alone
	return tree
}()
