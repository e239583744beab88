package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"exactlogin/cmd/serve/sandbox"
	"exactlogin/cmd/serve/static"
)

// built are files without which there is nothing to serve.
var built = []string{"app/dist/index.html", "web/dist/exactlogin.js", "web/dist/worker.js", "web/dist/login.wasm"}

// checkBuild says what to do where the build is missing.
func (c *config) checkBuild() error {
	for _, name := range built {
		name = filepath.Join(c.root, filepath.FromSlash(name))
		if _, err := os.Stat(name); err != nil {
			return fmt.Errorf(`%s is missing: run "make build" first, and serve from the top of the repository or with -root`, name)
		}
	}
	return nil
}

// settings are what /config.json tells the login page.
type settings struct {
	API     string           `json:"api"`
	Sandbox bool             `json:"sandbox"`
	People  []sandbox.Person `json:"people,omitempty"`  // demo credentials
	Control bool             `json:"control,omitempty"` // the sandbox's switches are at controlPath
}

// controlPath is where the login page finds the sandbox's switches, on its own
// origin: the sandbox's control endpoint is none for other origins.
const controlPath = "/_sandbox/control"

// site is everything on the page's origin. control is nil unless the sandbox
// can be steered.
func (c *config) site(api string, people []sandbox.Person, control http.Handler) (http.Handler, error) {
	root, err := os.OpenRoot(c.root) // links out of the tree lead nowhere
	if err != nil {
		return nil, err
	}
	sub := func(dir string) fs.FS {
		tree, _ := fs.Sub(root.FS(), dir) // fails for invalid names alone
		return tree
	}
	policies := static.Policies{Connect: append([]string{originOf(api)}, c.connect...)}
	loginPage := policies.LoginPage()
	if people != nil {
		loginPage = policies.LoginPageOfSandbox() // which offers isolation: "page"
	}
	files := static.New(
		static.Mount{Prefix: "/", Files: sub("app/dist"), CSP: func(string) string { return loginPage }},
		static.Mount{Prefix: "/web/dist/", Files: sub("web/dist"), CSP: func(string) string { return policies.Worker() }},
		static.Mount{Prefix: "/web/examples/", Files: isolated{sub("web/examples")}, CSP: func(name string) string {
			if first, _, _ := strings.Cut(name, "/"); strings.HasSuffix(first, isolatedSuffix) {
				return policies.Isolated()
			}
			return policies.Embedding()
		}},
	)
	about, err := json.Marshal(settings{API: api, Sandbox: people != nil, People: people, Control: control != nil})
	if err != nil {
		return nil, err
	}
	config := static.Bytes("config.json", "default-src 'none'", about)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/config.json":
			config.ServeHTTP(w, r)
		case r.URL.Path == controlPath && control != nil:
			static.Protect(w.Header())
			w.Header().Set("Cache-Control", "no-store")
			control.ServeHTTP(w, r)
		default:
			files.ServeHTTP(w, r)
		}
	}), nil
}

// isolatedSuffix marks the second way to each example: NAME-page is NAME under
// the policy that isolation: "page" needs.
const isolatedSuffix = "-page"

type isolated struct{ fs.FS }

func (f isolated) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if first, rest, nested := strings.Cut(name, "/"); errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(first, isolatedSuffix) {
		first = strings.TrimSuffix(first, isolatedSuffix)
		if nested {
			first += "/" + rest
		}
		return f.FS.Open(first)
	}
	return file, err
}
