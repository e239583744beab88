// Command build makes web/dist: the files that a site serves to its pages.
//
//	go run ./web/build
//
// The page code is bundled by esbuild, the program compiled by the Go
// toolchain that runs this, whose wasm_exec.js goes with it: the two must be of
// one version. The same sources give the same bytes.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./web/build")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "web/build:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	web := filepath.Join(root, "web")
	version, err := readVersion(filepath.Join(web, "package.json"))
	if err != nil {
		return err
	}

	// The compiler takes the longest, so the rest is done beside it.
	type result struct {
		wasm []byte
		err  error
	}
	compiled := make(chan result, 1)
	go func() {
		wasm, err := compile(root, version)
		compiled <- result{wasm, err}
	}()

	files, err := bundle(web, version)
	if err != nil {
		return err
	}
	if files["wasm_exec.js"], err = glue(root); err != nil {
		return err
	}
	declarations, err := filepath.Glob(filepath.Join(web, "*.d.ts"))
	if err != nil {
		return err
	}
	for _, name := range declarations {
		if files[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			return err
		}
	}
	program := <-compiled
	if program.err != nil {
		return program.err
	}
	files["login.wasm"] = program.wasm
	return write(filepath.Join(web, "dist"), files)
}

func moduleRoot() (string, error) {
	out, err := output(exec.Command("go", "env", "GOMOD"))
	if err != nil {
		return "", err
	}
	mod := strings.TrimSpace(string(out))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("run it inside the module: cd to the repository first")
	}
	return filepath.Dir(mod), nil
}

// readVersion reads the one place where the version is written.
func readVersion(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	var manifest struct{ Version string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if manifest.Version == "" {
		return "", fmt.Errorf("%s: has no version", name)
	}
	return manifest.Version, nil
}

// compile builds the program without paths, symbols and build ids, which would
// make it larger and different on each machine.
func compile(root, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "exactlogin-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "login.wasm")
	// Without inlining (-l): 7 % fewer bytes for every visitor after compression.
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-gcflags=all=-l",
		"-ldflags=-s -w -buildid= -X main.version="+version, "-o", name, "./wasm")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if _, err := output(cmd); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

// bundle makes one file of each entry in web/src.
func bundle(web, version string) (map[string][]byte, error) {
	entries, err := filepath.Glob(filepath.Join(web, "src", "exact-login*.ts"))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"application-tokens.ts", "exactlogin.ts", "host.ts", "sw.ts", "worker.ts"} {
		entries = append(entries, filepath.Join(web, "src", name))
	}
	quoted, err := json.Marshal(version)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir:     web,
		EntryPoints:       entries,
		Outdir:            "dist",
		Bundle:            true,
		Format:            api.FormatESModule,
		Platform:          api.PlatformBrowser,
		Target:            api.ES2022,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
		Define:            map[string]string{"EXACTLOGIN_VERSION": string(quoted)},
		// The element uses the page's module, not a second copy of it.
		External: []string{"./exactlogin.js"},
	})
	if len(result.Errors) > 0 {
		messages := api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return nil, errors.New("esbuild:\n" + strings.Join(messages, ""))
	}
	files := make(map[string][]byte)
	for _, file := range result.OutputFiles {
		files[filepath.Base(file.Path)] = file.Contents
	}
	return files, nil
}

// glue turns the toolchain's wasm_exec.js into a module around a function. The
// script writes to globalThis, which thereby is the function's argument, and
// the page's own global object stays as it is. It takes setTimeout and console
// in the same way: a trap in a timer would otherwise go unseen, and a panic's
// text would reach the console.
func glue(root string) ([]byte, error) {
	cmd := exec.Command("go", "env", "GOROOT")
	cmd.Dir = root
	out, err := output(cmd)
	if err != nil {
		return nil, err
	}
	script, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return nil, fmt.Errorf("the Go toolchain has no wasm_exec.js; install a complete one: %w", err)
	}
	module := "export default function (globalThis, setTimeout, console) {\n" + string(script) + "}\n"
	result := api.Transform(module, api.TransformOptions{
		Format:           api.FormatESModule,
		Target:           api.ES2022,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Banner: "// wasm_exec.js of the Go toolchain. Copyright 2018 The Go Authors; BSD-style license, https://go.dev/LICENSE",
	})
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("wasm_exec.js: %s", result.Errors[0].Text)
	}
	return result.Code, nil
}

// write makes dir hold these files and nothing else. What has not changed is
// not touched.
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
		if old, err := os.ReadFile(path); err == nil && string(old) == string(content) {
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

// output runs a command and gives its standard output; what it said on standard
// error becomes the error.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}
