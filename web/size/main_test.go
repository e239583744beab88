package main

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fill writes every file of the table; random bytes do not compress, so a file's size is known.
func fill(t *testing.T, sizes map[string]int) string {
	t.Helper()
	dir := t.TempDir()
	for _, b := range budgets {
		data := make([]byte, sizes[b.name])
		rand.Read(data)
		if err := os.WriteFile(filepath.Join(dir, b.name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSize_withinBudget(t *testing.T) {
	var out strings.Builder
	if err := run(&out, fill(t, map[string]int{"exactlogin.js": 7_000, "sw.js": 20_000})); err != nil {
		t.Fatal(err)
	}
	for _, b := range budgets {
		if !strings.Contains(out.String(), b.name) {
			t.Errorf("the table does not name %s:\n%s", b.name, &out)
		}
	}
}

func TestSize_namesEveryFileOverItsBudget(t *testing.T) {
	err := run(io.Discard, fill(t, map[string]int{"exactlogin.js": 8_001, "host.js": 9_001, "login.wasm": 100}))
	if err == nil || !strings.Contains(err.Error(), "exactlogin.js") || !strings.Contains(err.Error(), "host.js") || strings.Contains(err.Error(), "login.wasm") {
		t.Errorf("err = %v; want exactlogin.js and host.js named as over budget", err)
	}
}

func TestSize_saysWhatToDoWithoutABuild(t *testing.T) {
	err := run(io.Discard, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("err = %v; want it to say `make build`", err)
	}
}
