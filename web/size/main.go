// Command size prints how large the files are that a page loads, and fails where one is over its budget.
//
// Run it in the repository's root after web/build: it reads web/dist.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/andybalholm/brotli"
)

// budgets are in bytes after brotli at its best (-11), as a server with precompressed files sends them. Files without
// a budget (0) are listed for information.
var budgets = []struct {
	name string
	most int
}{
	{"exactlogin.js", 8_000},
	{"exact-login.js", 8_000},
	{"application-tokens.js", 2_500},
	{"host.js", 9_000},
	{"worker.js", 0},
	{"sw.js", 0},
	{"wasm_exec.js", 0},
	{"login.wasm", 660_000},
}

func main() {
	dir := flag.String("dir", "web/dist", "folder of the built files")
	flag.Parse()
	if err := run(os.Stdout, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

// run writes the table and reports the files that are over their budget.
func run(w io.Writer, dir string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "file\traw\tgzip -9\tbrotli -11\tbudget\t")
	var over []error
	for _, b := range budgets {
		data, err := os.ReadFile(filepath.Join(dir, b.name))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is not built: run `make build` first", filepath.Join(dir, b.name))
		}
		if err != nil {
			return err
		}
		zipped, err := compressed(data, func(w io.Writer) (io.WriteCloser, error) {
			return gzip.NewWriterLevel(w, gzip.BestCompression)
		})
		if err != nil {
			return err
		}
		small, err := compressed(data, func(w io.Writer) (io.WriteCloser, error) {
			return brotli.NewWriterLevel(w, brotli.BestCompression), nil
		})
		if err != nil {
			return err
		}
		budget := "-"
		if b.most > 0 {
			budget = fmt.Sprint(b.most)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%s\t\n", b.name, len(data), zipped, small, budget)
		if b.most > 0 && small > b.most {
			over = append(over, fmt.Errorf("%s is %d bytes over its budget of %d", b.name, small-b.most, b.most))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return errors.Join(over...)
}

// compressed returns the number of bytes that data becomes.
func compressed(data []byte, to func(io.Writer) (io.WriteCloser, error)) (int, error) {
	var out bytes.Buffer
	w, err := to(&out)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(data); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return out.Len(), nil
}
