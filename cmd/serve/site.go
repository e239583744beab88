package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"exactlogin/cmd/serve/sandbox"
	"exactlogin/cmd/serve/static"
)

// built are files without which there is nothing to serve.
var built = []string{"app/dist/index.html", "web/dist/exactlogin.js", "web/dist/worker.js", "web/dist/login.wasm"}

// openFiles finds what is to be served, or says what to do where it is missing.
func (c *config) openFiles() error {
	root := c.root
	if root == "" && embedded != nil {
		c.files, c.embedded = embedded, true
		return nil
	}
	if root == "" {
		root = "."
	}
	if tree, err := os.OpenRoot(root); err == nil { // links out of the tree lead nowhere
		c.files = tree.FS()
	} else {
		return fmt.Errorf("-root: %w", err)
	}
	for _, name := range built {
		if _, err := fs.Stat(c.files, name); err != nil {
			return fmt.Errorf(`%s is missing: run "make build" first, and serve from the top of the repository or with -root`, filepath.Join(root, filepath.FromSlash(name)))
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

// site is all the files on the page's origin.
func (c *config) site(api string, people []sandbox.Person, control bool) (*static.Site, error) {
	sub := func(dir string) fs.FS {
		tree, _ := fs.Sub(c.files, dir) // fails for invalid names alone
		return tree
	}
	policies := static.Policies{Connect: append([]string{originOf(api)}, c.connect...), Report: []string{"report-uri " + reportPath}}
	if c.certFile != "" { // what replaces report-uri wants a trusted origin
		policies.Report = append(policies.Report, "report-to csp")
	}
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
	files.Always = c.always()
	files.Fresh = 100 * time.Millisecond // nobody reloads a page faster
	if c.embedded {
		files.Fresh, files.Modified = -1, builtTime()
	}
	about, err := json.Marshal(settings{API: api, Sandbox: people != nil, People: people, Control: control})
	if err != nil {
		return nil, err
	}
	files.Add("/config.json", "default-src 'none'", about)
	return files, nil
}

// always are headers of each answer on the page's origin, besides those of
// package static. Only a certificate that is trusted makes promises for a year.
func (c *config) always() []static.Field {
	if c.certFile == "" {
		return nil
	}
	return []static.Field{
		{Name: "Strict-Transport-Security", Value: "max-age=31536000"},
		{Name: "Reporting-Endpoints", Value: `csp="` + reportPath + `"`},
	}
}

// builtAt is the time of the sources in seconds, stamped by the linker, so that
// embedded files have a date.
var builtAt = ""

func builtTime() time.Time {
	if seconds, err := strconv.ParseInt(builtAt, 10, 64); err == nil {
		return time.Unix(seconds, 0)
	}
	return time.Time{}
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
