//go:build !js

package webapi

import (
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// JavaScript is seen here and in main alone, in files that other targets leave
// out, so that everything else is tested natively. jsguard misses chained
// calls; this does not.
func TestOnlyWebapiAndMainSeeJavaScript(t *testing.T) {
	root := filepath.Join("..", "..")
	files, seen := 0, 0
	err := filepath.WalkDir(filepath.Join(root, "wasm"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			switch imported {
			case "syscall/js":
				t.Errorf("%s imports syscall/js: use safejs", name)
			case "github.com/hack-pad/safejs":
				seen++
				if name != "wasm/main.go" && !strings.HasPrefix(name, "wasm/webapi/") {
					t.Errorf("%s imports safejs: only wasm/webapi and wasm/main.go may", name)
				}
				if !onlyForBrowsers(path) {
					t.Errorf("%s imports safejs without the line //go:build js && wasm", name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 || seen < 3 {
		t.Errorf("only %d files found, %d with safejs: is the test looking in the right place?", files, seen)
	}
}

func onlyForBrowsers(path string) bool {
	source, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(source), "\n")
	if !constraint.IsGoBuild(first) {
		return false
	}
	expression, err := constraint.Parse(first)
	return err == nil && expression.String() == "js && wasm"
}

// Each of these would cost more than what is left of the budget; the numbers
// are kB after brotli.
func TestProgramStaysSmall(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "exactlogin/wasm")
	command.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dependencies := strings.Fields(string(out))
	costly := map[string]string{
		"net/http": "1,385", "crypto/x509": "408", "text/template": "352", "log/slog": "123", "encoding/json": "114",
		"regexp": "101", "crypto/sha256": "46", "net/url": "40", "context": "22", "time/tzdata": "400",
	}
	for _, dependency := range dependencies {
		if price, ok := costly[dependency]; ok {
			t.Errorf("the program links %s, about %s kB: find who imports it with go list -deps", dependency, price)
		}
	}
	if len(dependencies) < 20 {
		t.Errorf("go list names %d packages only: %s", len(dependencies), out)
	}
}
