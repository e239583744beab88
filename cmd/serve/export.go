package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"exactlogin/cmd/serve/static"
)

const exportUsage = `serve export writes the site for another server or an object store: the files with their compressed
twins under DIR/site, and what sets their headers:

  DIR/nginx.conf               for nginx
  DIR/Caddyfile                for Caddy
  DIR/site/_headers            for Netlify, Cloudflare Pages and hosts like them
  DIR/s3.sh, DIR/cloudfront.js for Amazon S3 behind CloudFront

Usage:

  serve export -api production DIR

Flags:

`

// runExport is the command "serve export".
func runExport(args []string, stdout, stderr io.Writer) int {
	c := &config{}
	flags := flag.NewFlagSet("serve export", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.api, "api", "", "the `API` that people sign in to: sandbox or production (Exact's own), or a base URL")
	flags.Func("connect", "another `origin` that the worker may connect to; can be repeated", c.addOrigin)
	flags.StringVar(&c.root, "root", "", "`directory` that holds web/ and app/; default what is embedded, or the current directory")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, exportUsage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	case err == nil && flags.NArg() != 1:
		err = errors.New("name one directory to write to")
	case err == nil && c.api == "":
		err = errors.New("say with -api which API people sign in to; it becomes a part of the headers")
	case err == nil:
		err = c.readAPI()
	}
	if err != nil {
		complain(stderr, fmt.Errorf("export: %w (serve export -h lists the flags)", err))
		return 2
	}
	if err := c.export(flags.Arg(0), stdout); err != nil {
		complain(stderr, fmt.Errorf("export: %w", err))
		return 1
	}
	return 0
}

// An exported file, with the header that serve itself would send.
type exported struct {
	path, name string // of its URL; of its file under site/
	fields     []static.Field
}

func (e exported) field(name string) string {
	for _, f := range e.fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// export writes the site into a directory that is empty or not there.
func (c *config) export(dir string, stdout io.Writer) error {
	if err := c.openFiles(); err != nil {
		return err
	}
	if old, err := os.ReadDir(dir); err == nil && len(old) > 0 {
		return fmt.Errorf("%s is not empty: remove what is in it, or name another", dir)
	}
	site, err := c.site(c.api, nil, false)
	if err != nil {
		return err
	}
	var files []exported
	add := func(urlPath string, content []byte, source string) error {
		name := strings.TrimPrefix(urlPath, "/")
		answer := site.Answer(&static.Request{Method: http.MethodGet, Path: urlPath})
		if answer.Status != http.StatusOK {
			return nil // hidden, or a twin of another
		}
		fields := []static.Field{}
		for _, f := range answer.Fields {
			switch f.Name {
			case "Content-Type", "Cache-Control", "Link":
			default:
				if !isProtective(f.Name) {
					continue
				}
			}
			if f.Name == "Content-Security-Policy" { // nobody takes reports there
				f.Value, _, _ = strings.Cut(f.Value, "; report-uri ")
			}
			fields = append(fields, f)
		}
		files = append(files, exported{urlPath, name, fields})
		return c.writeTwins(filepath.Join(dir, "site", filepath.FromSlash(name)), content, source)
	}
	for prefix, tree := range map[string]string{"/": "app/dist", "/web/dist/": "web/dist", "/web/examples/": "web/examples"} {
		err := fs.WalkDir(c.files, tree, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || isTwin(c.files, name) {
				return err
			}
			content, err := fs.ReadFile(c.files, name)
			if err != nil {
				return err
			}
			return add(prefix+strings.TrimPrefix(name, tree+"/"), content, name)
		})
		if err != nil && !(errors.Is(err, fs.ErrNotExist) && tree == "web/examples") {
			return err
		}
	}
	if err := add("/config.json", bytes.Join(site.Answer(&static.Request{Method: http.MethodGet, Path: "/config.json"}).Body, nil), ""); err != nil {
		return err
	}
	sort.Slice(files, func(i, j int) bool { return files[i].path < files[j].path })
	for name, text := range map[string]string{
		"nginx.conf": nginx(files), "Caddyfile": caddy(files), "site/_headers": netlify(files), "s3.sh": s3(files), "cloudfront.js": cloudfront(files),
	} {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text)); err != nil {
			return err
		}
	}
	fmt.Fprintf(stdout, "%d files for %s in %s\n", len(files), c.api, dir)
	return nil
}

func isProtective(name string) bool {
	if name == "Content-Security-Policy" {
		return true
	}
	for _, f := range static.Protection() {
		if f.Name == name {
			return true
		}
	}
	return false
}

// isTwin is whether a file is the compressed form of its neighbour.
func isTwin(files fs.FS, name string) bool {
	for _, suffix := range static.Suffixes() {
		if plain, ok := strings.CutSuffix(name, suffix); ok {
			if _, err := fs.Stat(files, plain); err == nil {
				return true
			}
		}
	}
	return false
}

// writeTwins writes a file and its compressed forms, which are taken from
// beside the source where the build has left them.
func (c *config) writeTwins(target string, content []byte, source string) error {
	if err := writeFile(target, content); err != nil || !static.WorthIt(target, len(content)) {
		return err
	}
	for coding, suffix := range static.Suffixes() {
		small, err := []byte(nil), fs.ErrNotExist
		if c.embedded {
			small, err = fs.ReadFile(c.files, source+suffix)
		}
		if err != nil {
			if small, err = static.Compress(coding, content, static.Thorough); err != nil {
				return err
			}
		}
		if len(small) >= len(content) {
			continue
		}
		if err := writeFile(target+suffix, small); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o644)
}

// groups sorts files by what they have in one field, the values in order.
func groups(files []exported, field string) (values []string, paths map[string][]string) {
	paths = map[string][]string{}
	for _, f := range files {
		value := f.field(field)
		if value == "" {
			continue
		}
		if paths[value] == nil {
			values = append(values, value)
		}
		paths[value] = append(paths[value], f.path)
		if path.Base(f.path) == "index.html" {
			paths[value] = append(paths[value], strings.TrimSuffix(f.path, "index.html"))
		}
	}
	return values, paths
}

const noPolicy = "default-src 'none'; frame-ancestors 'none'" // of errors

func nginx(files []exported) string {
	var b strings.Builder
	b.WriteString("# For the http block of nginx. Set server_name, root and TLS; test with nginx -t.\n")
	for _, m := range []struct{ variable, field, usual string }{
		{"exactlogin_policy", "Content-Security-Policy", noPolicy}, {"exactlogin_cache", "Cache-Control", "no-store"},
	} {
		fmt.Fprintf(&b, "map $uri $%s {\n    default \"%s\";\n", m.variable, m.usual)
		values, paths := groups(files, m.field)
		for _, value := range values {
			for _, p := range paths[value] {
				fmt.Fprintf(&b, "    %q \"%s\";\n", p, value)
			}
		}
		b.WriteString("}\n")
	}
	b.WriteString(`server {
    listen 80;
    server_name _;
    root /srv/exactlogin/site;
    index index.html;
    server_tokens off;
    absolute_redirect off;
    etag on;
    gzip_static on;
    # brotli_static on; # with the module ngx_brotli

`)
	b.WriteString("    types {\n")
	kinds := map[string]string{}
	for _, f := range files {
		kind, _, _ := strings.Cut(f.field("Content-Type"), ";")
		kinds[strings.TrimPrefix(path.Ext(f.name), ".")] = kind
	}
	for _, extension := range sortedKeys(kinds) {
		fmt.Fprintf(&b, "        %s %s;\n", kinds[extension], extension)
	}
	b.WriteString("    }\n    default_type application/octet-stream;\n    charset utf-8;\n    charset_types text/css text/javascript text/plain text/markdown;\n\n")
	b.WriteString("    add_header Content-Security-Policy $exactlogin_policy always;\n    add_header Cache-Control $exactlogin_cache always;\n    add_header Vary Accept-Encoding always;\n")
	for _, f := range static.Protection() {
		fmt.Fprintf(&b, "    add_header %s \"%s\" always;\n", f.Name, f.Value)
	}
	b.WriteString("    # add_header Strict-Transport-Security \"max-age=31536000\" always; # once TLS is set up\n\n")
	b.WriteString("    location ~ /[._] { return 404; }\n    location ~ \\.(br|gz|zst)$ { return 404; }\n    location / { try_files $uri $uri/ =404; }\n}\n")
	return b.String()
}

// caddy keeps its lines in a route, where the later of two headers wins.
func caddy(files []exported) string {
	var b strings.Builder
	b.WriteString("# Set the name of the site and the path; caddy validate tests it.\nlogin.example.com {\n\troot * /srv/exactlogin/site\n\theader -Server\n\troute {\n\t\theader {\n")
	fmt.Fprintf(&b, "\t\t\tContent-Security-Policy \"%s\"\n\t\t\tCache-Control no-store\n\t\t\tStrict-Transport-Security max-age=31536000\n", noPolicy)
	for _, f := range static.Protection() {
		fmt.Fprintf(&b, "\t\t\t%s \"%s\"\n", f.Name, f.Value)
	}
	b.WriteString("\t\t}\n")
	for _, field := range []string{"Content-Security-Policy", "Cache-Control", "Content-Type"} {
		name := strings.ToLower(strings.ReplaceAll(field, "-", ""))
		values, paths := groups(files, field)
		for i, value := range values {
			fmt.Fprintf(&b, "\t\t@%s%d path %s\n\t\theader @%s%d %s \"%s\"\n", name, i+1, strings.Join(paths[value], " "), name, i+1, field, value)
		}
	}
	b.WriteString("\t\t@hidden path */.* */_headers *.br *.gz *.zst\n\t\trespond @hidden 404\n\t\tfile_server {\n\t\t\tprecompressed br zstd gzip\n\t\t}\n\t}\n}\n")
	return b.String()
}

// netlify writes one rule for each path: rules that overlap would be joined.
func netlify(files []exported) string {
	var b strings.Builder
	for _, f := range files {
		paths := []string{f.path}
		if path.Base(f.path) == "index.html" {
			paths = append(paths, strings.TrimSuffix(f.path, "index.html"))
		}
		for _, p := range paths {
			fmt.Fprintf(&b, "%s\n", p)
			for _, field := range f.fields {
				fmt.Fprintf(&b, "  %s: %s\n", field.Name, field.Value)
			}
		}
	}
	return b.String()
}

// s3 sets what an object store keeps with each object; cloudfront the rest.
func s3(files []exported) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# sh s3.sh BUCKET, from the directory of this file; cloudfront.js sets the other headers.\nset -eu\nbucket=$1\n")
	for _, f := range files {
		fmt.Fprintf(&b, "aws s3 cp 'site%s' \"s3://$bucket%s\" --content-type '%s' --cache-control '%s'\n", f.path, f.path, f.field("Content-Type"), f.field("Cache-Control"))
	}
	return b.String()
}

func cloudfront(files []exported) string {
	var b strings.Builder
	b.WriteString("// A CloudFront Function (runtime cloudfront-js-2.0) for both events, viewer request and viewer response.\nvar policies = {\n")
	values, paths := groups(files, "Content-Security-Policy")
	for _, value := range values {
		fmt.Fprintf(&b, "  %q: %q,\n", value, strings.Join(paths[value], " "))
	}
	b.WriteString("};\nvar always = {\n")
	for _, f := range append(static.Protection(), static.Field{Name: "Strict-Transport-Security", Value: "max-age=31536000"}) {
		fmt.Fprintf(&b, "  %q: %q,\n", strings.ToLower(f.Name), f.Value)
	}
	fmt.Fprintf(&b, `};
function handler(event) {
  var uri = event.request.uri;
  if (event.context.eventType === "viewer-request") {
    if (uri.endsWith("/")) event.request.uri = uri + "index.html";
    return event.request;
  }
  var headers = event.response.headers;
  for (var name in always) headers[name] = { value: always[name] };
  var policy = %q;
  if (event.response.statusCode < 400) {
    for (var text in policies) if (policies[text].split(" ").includes(uri)) policy = text;
  }
  headers["content-security-policy"] = { value: policy };
  return event.response;
}
`, noPolicy)
	return b.String()
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
