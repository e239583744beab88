package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// root is the repository's folder.
var root = func() string {
	dir, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// chromium is the one browser of this package; tests open contexts of their own in it.
var chromium context.Context

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	for _, built := range []string{".build/serve", "web/dist/exactlogin.js", "web/dist/login.wasm", "app/dist"} {
		if _, err := os.Stat(filepath.Join(root, built)); err != nil {
			return 0, fmt.Errorf("%s is not built: run `make build` first", built)
		}
	}
	path, err := browserPath()
	if err != nil {
		return 0, err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(flags(), chromedp.ExecPath(path))...)
	defer stop()
	ctx, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		return 0, fmt.Errorf("starting %s: %w", path, err)
	}
	chromium = ctx
	return m.Run(), nil
}

// browserPath finds the browser as the Makefile does.
func browserPath() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium found: `make test` installs one where it can; else set CHROMIUM to its path")
}

// flags are chromedp's own less those that make the browser behave unlike a person's (--disable-background-timer-throttling
// and the like), plus silence: no QUIC, no updates. As root chromedp adds --no-sandbox, and it makes and removes the
// profile's folder. Nothing here switches the back/forward cache off.
func flags() []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("disable-background-timer-throttling", false),
		chromedp.Flag("disable-backgrounding-occluded-windows", false),
		chromedp.Flag("disable-renderer-backgrounding", false),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
}

// slots bounds how many tests run at once, on machines with many cores too: each drives pages, workers and a server.
var slots = make(chan struct{}, 2)

// parallel lets the test run beside one other.
func parallel(t *testing.T) {
	t.Parallel()
	slots <- struct{}{}
	t.Cleanup(func() { <-slots })
}
