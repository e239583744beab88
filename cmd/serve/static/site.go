// Package static serves a built site: exact files and nothing else. Every
// answer has the right type, a strong validator and the headers that keep a
// page safe; files with a compressed twin (name.br, name.gz) are sent
// compressed to those who ask for it.
package static

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Mount puts a tree of files under a path.
type Mount struct {
	Prefix string // begins and ends with a slash
	Files  fs.FS
	// CSP is the Content-Security-Policy of a file, by its name in Files.
	CSP func(name string) string
}

// Site serves mounts; the longest prefix that fits wins. Files are read when
// they have changed, so a new build is served without a restart.
type Site struct {
	mounts []Mount
	mu     sync.Mutex
	files  map[string]*file // by mount and name
}

// New makes a site. A page of a folder is its index.html.
func New(mounts ...Mount) *Site {
	return &Site{mounts: mounts, files: map[string]*file{}}
}

// A file is what one name has to offer: itself, then its compressed twins.
type file struct {
	modified time.Time
	size     int64
	variants []variant
}

type variant struct {
	coding  string // "" for the file itself
	content []byte
	etag    string
}

// codings by preference, and how their files' names end.
var codings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	Protect(w.Header())
	if !allowed(w, r) {
		return
	}
	mount, name, ok := s.find(r.URL.Path)
	if !ok {
		refuse(w, http.StatusNotFound, "There is nothing here.")
		return
	}
	info, err := fs.Stat(mount.Files, name)
	if err == nil && info.IsDir() {
		name = path.Join(name, "index.html")
		info, err = fs.Stat(mount.Files, name)
		if err == nil && info.Mode().IsRegular() && !strings.HasSuffix(r.URL.Path, "/") {
			// Relative, so that it holds behind any proxy; the name is a valid
			// one, so it is no URL of elsewhere.
			location := url.URL{Path: "./" + path.Base(r.URL.Path) + "/", RawQuery: r.URL.RawQuery}
			w.Header().Set("Location", location.String())
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
	} else if err == nil && strings.HasSuffix(r.URL.Path, "/") {
		err = fs.ErrNotExist
	}
	if err != nil || !info.Mode().IsRegular() {
		refuse(w, http.StatusNotFound, "There is nothing here.")
		return
	}
	f, err := s.load(mount, name, info)
	if err != nil {
		refuse(w, http.StatusNotFound, "There is nothing here.")
		return
	}
	f.serveAs(w, r, name, mount.CSP(name))
}

// allowed refuses methods that are of no use on files.
func allowed(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	refuse(w, http.StatusMethodNotAllowed, "Only GET and HEAD are allowed here.")
	return false
}

// find tells which mount's which file a path means. It refuses what is not
// written plainly ("//", "..", "\"), and names that begin with a dot.
func (s *Site) find(urlPath string) (*Mount, string, bool) {
	var mount *Mount
	for i := range s.mounts {
		if m := &s.mounts[i]; strings.HasPrefix(urlPath, m.Prefix) && (mount == nil || len(m.Prefix) > len(mount.Prefix)) {
			mount = m
		}
	}
	if mount == nil {
		return nil, "", false
	}
	name := strings.TrimPrefix(urlPath, mount.Prefix)
	if name == "" {
		return mount, ".", true
	}
	name = strings.TrimSuffix(name, "/")
	hidden := strings.HasPrefix(name, ".") || strings.Contains(name, "/.")
	return mount, name, fs.ValidPath(name) && !hidden && !strings.ContainsAny(name, "\\\x00")
}

// load reads a file and its twins, unless it is remembered as it is.
func (s *Site) load(mount *Mount, name string, info fs.FileInfo) (*file, error) {
	key := mount.Prefix + name
	s.mu.Lock()
	f := s.files[key]
	s.mu.Unlock()
	if f != nil && f.modified.Equal(info.ModTime()) && f.size == info.Size() {
		return f, nil
	}
	content, err := fs.ReadFile(mount.Files, name)
	if err != nil {
		return nil, err
	}
	f = &file{modified: info.ModTime(), size: info.Size(), variants: []variant{newVariant("", content)}}
	for _, coding := range codings {
		twin, err := fs.Stat(mount.Files, name+coding.suffix)
		if err != nil || twin.ModTime().Before(info.ModTime()) { // one of an older build
			continue
		}
		if content, err := fs.ReadFile(mount.Files, name+coding.suffix); err == nil {
			f.variants = append(f.variants, newVariant(coding.name, content))
		}
	}
	s.mu.Lock()
	s.files[key] = f
	s.mu.Unlock()
	return f, nil
}

func newVariant(coding string, content []byte) variant {
	hash := sha256.Sum256(content)
	return variant{coding: coding, content: content, etag: `"` + base64.RawURLEncoding.EncodeToString(hash[:18]) + `"`}
}

// serveAs answers with the variant that suits the request. Ranges are of the
// file itself: nobody can use a part of a compressed one.
func (f *file) serveAs(w http.ResponseWriter, r *http.Request, name, csp string) {
	w.Header().Set("Content-Security-Policy", csp)
	w.Header().Set("Content-Type", TypeOf(name))
	w.Header().Set("Cache-Control", "no-cache") // names are stable: ask each time, 304 is cheap
	chosen := f.variants[0]
	if len(f.variants) > 1 {
		w.Header().Add("Vary", "Accept-Encoding")
		if r.Header.Get("Range") == "" {
			chosen = choose(f.variants, strings.Join(r.Header.Values("Accept-Encoding"), ","))
		}
	}
	w.Header().Set("ETag", chosen.etag)
	if chosen.coding != "" {
		w.Header().Set("Content-Encoding", chosen.coding)
		w = &sizedWriter{w, int64(len(chosen.content))}
	}
	http.ServeContent(w, r, "", f.modified, bytes.NewReader(chosen.content))
}

// Bytes serves content that is no file, as files are served.
func Bytes(name, csp string, content []byte) http.Handler {
	f := &file{variants: []variant{newVariant("", content)}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Protect(w.Header())
		if !allowed(w, r) {
			return
		}
		f.serveAs(w, r, name, csp)
	})
}

// sizedWriter adds the length that http.ServeContent leaves out of encoded
// answers, so that browsers can show progress and notice a cut.
type sizedWriter struct {
	http.ResponseWriter
	size int64
}

func (w *sizedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *sizedWriter) WriteHeader(status int) {
	if status == http.StatusOK {
		w.Header().Set("Content-Length", strconv.FormatInt(w.size, 10))
	}
	w.ResponseWriter.WriteHeader(status)
}
