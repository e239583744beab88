// Command build makes app/dist, the hosted login page: the console compiled to WebAssembly, its first look rendered into
// the page, the page's script bundled, icons drawn.
//
//	go run ./app/build
package main

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"exactlogin/app/ui"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./app/build")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "app/build:", err)
		os.Exit(1)
	}
}

func run() error {
	mod, err := output(exec.Command("go", "env", "GOMOD", "GOROOT"))
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(mod)), "\n")
	if len(lines) != 2 || filepath.Base(lines[0]) != "go.mod" {
		return errors.New("run it inside the module: cd to the repository first")
	}
	root, goroot := filepath.Dir(lines[0]), lines[1]
	page := filepath.Join(root, "app", "page")

	type result struct {
		wasm []byte
		err  error
	}
	compiled := make(chan result, 1)
	go func() {
		wasm, err := compile(root)
		compiled <- result{wasm, err}
	}()

	files := map[string][]byte{}
	for _, name := range []string{"app.css", "early.js", "icon.svg", "manifest.webmanifest"} {
		if files[name], err = os.ReadFile(filepath.Join(page, name)); err != nil {
			return err
		}
	}
	// The glue must be of the toolchain that compiles the program.
	if files["wasm_exec.js"], err = os.ReadFile(filepath.Join(goroot, "lib", "wasm", "wasm_exec.js")); err != nil {
		return fmt.Errorf("the Go toolchain has no wasm_exec.js; install a complete one: %w", err)
	}
	if files["start.js"], err = script(filepath.Join(page, "start.ts")); err != nil {
		return err
	}
	if files["index.html"], err = render(filepath.Join(page, "index.html")); err != nil {
		return err
	}
	for _, i := range icons {
		if files[i.name], err = i.draw(); err != nil {
			return err
		}
	}
	program := <-compiled
	if program.err != nil {
		return program.err
	}
	files["app.wasm"] = program.wasm
	return write(filepath.Join(root, "app", "dist"), files)
}

// render puts the console's first look into the page.
func render(name string) ([]byte, error) {
	page, err := template.ParseFiles(name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	// The console's own markup, escaped by go-app.
	err = page.Execute(&b, struct{ Console template.HTML }{template.HTML(ordered(app.HTMLString(ui.New())))})
	return b.Bytes(), err
}

var (
	openTag   = regexp.MustCompile(`<[a-z][a-z0-9-]*(?: [^ =">]+(?:="[^"]*")?)+`)
	attribute = regexp.MustCompile(` [^ =">]+(?:="[^"]*")?`)
)

// ordered sorts the attributes of each element, which go-app keeps in a map and writes in another order each time: the same
// sources shall give the same bytes.
func ordered(markup string) string {
	return openTag.ReplaceAllStringFunc(markup, func(tag string) string {
		attributes := attribute.FindAllString(tag, -1)
		slices.Sort(attributes)
		name, _, _ := strings.Cut(tag, " ")
		return name + strings.Join(attributes, "")
	})
}

// compile builds the console without paths, symbols and build ids, which would only make it larger.
func compile(root string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "exactlogin-app-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "app.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", name, "./app")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if _, err := output(cmd); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

func script(entry string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{entry}, Bundle: true, Format: api.FormatESModule, Platform: api.PlatformBrowser, Target: api.ES2022,
		Charset: api.CharsetUTF8, MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
	})
	if len(result.Errors) > 0 {
		return nil, errors.New("esbuild:\n" + strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}), ""))
	}
	return result.OutputFiles[0].Contents, nil
}

// write makes dir hold these files and nothing else.
func write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	present, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range present {
		if _, wanted := files[entry.Name()]; !wanted {
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
			continue
		}
		// By way of a rename, so that a server never sends half a file.
		if err := os.WriteFile(path+".new", content, 0o644); err != nil {
			return err
		}
		if err := os.Rename(path+".new", path); err != nil {
			return err
		}
	}
	return nil
}

// output runs a command and gives its standard output; what it said on standard error becomes the error.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}
