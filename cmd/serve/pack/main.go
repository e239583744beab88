// Command pack gathers what `make build` has made, with compressed twins of each
// file, in cmd/serve/site, from where the server embeds it (build tag embed).
//
//	go run ./cmd/serve/pack
//
// Compressing as small as can be takes a minute, so results are kept in
// .build/compressed by the hash of what was compressed.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"exactlogin/cmd/serve/static"
)

const (
	target = "cmd/serve/site"
	cache  = ".build/compressed"
)

var trees = []string{"app/dist", "web/dist", "web/examples"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run() error {
	if _, err := os.Stat("go.mod"); err != nil {
		return errors.New("run it at the top of the repository")
	}
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	var names []string
	for _, tree := range trees {
		err := filepath.WalkDir(tree, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
				names = append(names, name)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%w: run make build first", err)
		}
	}
	work := make(chan string)
	failed := make(chan error, len(names))
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for name := range work {
				if err := pack(name); err != nil {
					failed <- err
				}
			}
		})
	}
	for _, name := range names {
		work <- name
	}
	close(work)
	workers.Wait()
	close(failed)
	return <-failed // nil if there is none
}

// pack copies a file, and puts its twins beside it.
func pack(name string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(target, name), content); err != nil {
		return err
	}
	if !static.WorthIt(name, len(content)) {
		return nil
	}
	for coding, suffix := range static.Suffixes() {
		small, err := compressed(coding, suffix, content)
		if err != nil {
			return fmt.Errorf("%s as %s: %w", name, coding, err)
		}
		if len(small) >= len(content) {
			continue
		}
		if err := write(filepath.Join(target, name+suffix), small); err != nil {
			return err
		}
	}
	return nil
}

func compressed(coding, suffix string, content []byte) ([]byte, error) {
	hash := sha256.Sum256(content)
	kept := filepath.Join(cache, hex.EncodeToString(hash[:])+suffix)
	if small, err := os.ReadFile(kept); err == nil {
		return small, nil
	}
	small, err := static.Compress(coding, content, static.Thorough)
	if err != nil {
		return nil, err
	}
	return small, write(kept, small)
}

// write makes a file, whole or not at all.
func write(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
