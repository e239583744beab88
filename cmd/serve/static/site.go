// Package static serves a built site: exact files and nothing else. Every
// answer has the right type, a strong validator and the headers that keep a
// page safe; files with a compressed twin (name.br, name.zst, name.gz) are sent
// compressed to those who ask for it.
//
// What to answer (Site.Answer) is apart from how it is sent: by net/http
// (Site.ServeHTTP), or by package http1, which writes a prepared answer as it is.
package static

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
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
	// Fresh is how long what is known of a path is trusted without looking at
	// the file again: 0 looks each time, less than 0 never again.
	Fresh time.Duration
	// Modified stands for the files' own times where they have none, as in an
	// embedded tree.
	Modified time.Time
	// Always are fields of every answer, besides Protection.
	Always []Field

	mounts []Mount
	mu     sync.RWMutex
	files  map[string]*file    // by mount and name
	known  map[string]*answers // by path, while fresh
}

// answers is what a path leads to.
type answers struct {
	file    *file
	checked time.Time
}

// New makes a site. A page of a folder is its index.html.
func New(mounts ...Mount) *Site {
	return &Site{mounts: mounts, files: map[string]*file{}, known: map[string]*answers{}}
}

// Add serves content that is no file, as files are served, at one path.
func (s *Site) Add(urlPath, csp string, content []byte) {
	f := newFile(urlPath, csp, s.Always, time.Time{}, []*variant{newVariant("", content)}, nil)
	s.known[urlPath] = &answers{file: f, checked: time.Unix(1<<40, 0)}
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.Answer(requestOf(r))
	if a.Status != http.StatusMethodNotAllowed {
		if refusal := readBody(w, r); refusal != nil {
			a = s.complete(refusal)
			w.Header().Set("Connection", "close")
		}
	}
	a.Serve(w, r)
}

// maxBody is the longest body of a request that needs none.
const maxBody = 64 << 10

// readBody reads a request's body to its end, so that one that is malformed is
// told from one that is only of no use.
func readBody(w http.ResponseWriter, r *http.Request) *Answer {
	if r.ContentLength == 0 || r.Body == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return Text(http.StatusRequestEntityTooLarge, "The request's body is too long.")
	} else if err != nil {
		return Text(http.StatusBadRequest, "The request's body is malformed.")
	}
	return nil
}

var (
	allow      = Field{"Allow", "GET, HEAD, OPTIONS"}
	notFound   = Text(http.StatusNotFound, "There is nothing here.").Keep()
	notAllowed = Text(http.StatusMethodNotAllowed, "Only GET, HEAD and OPTIONS are allowed here.", allow).Keep()
	noMethod   = Text(http.StatusNotImplemented, "This method is not known here.").Keep()
	options    = (&Answer{Status: http.StatusNoContent, Fields: append([]Field{allow, {"Cache-Control", "no-store"}}, protection...)}).Keep()
)

// Answer is what a request gets.
func (s *Site) Answer(r *Request) *Answer {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		return s.complete(options)
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace, http.MethodConnect:
		return s.complete(notAllowed)
	default:
		return s.complete(noMethod) // RFC 9110, 9.1
	}
	now := time.Now()
	s.mu.RLock()
	known := s.known[r.Path]
	s.mu.RUnlock()
	if known != nil && (s.Fresh < 0 || now.Sub(known.checked) < s.Fresh) {
		return known.file.answer(r)
	}
	f, moved := s.look(r)
	if f == nil {
		return s.complete(moved)
	}
	if s.Fresh != 0 {
		s.mu.Lock()
		s.known[r.Path] = &answers{f, now}
		s.mu.Unlock()
	}
	return f.answer(r)
}

// complete adds the fields of every answer.
func (s *Site) complete(a *Answer) *Answer {
	if len(s.Always) == 0 {
		return a
	}
	return &Answer{Status: a.Status, Fields: append(a.Fields[:len(a.Fields):len(a.Fields)], s.Always...), Body: a.Body}
}

// look finds the file that a path means, or what to answer instead.
func (s *Site) look(r *Request) (*file, *Answer) {
	mount, name, ok := s.find(r.Path)
	if !ok {
		return nil, notFound
	}
	info, err := fs.Stat(mount.Files, name)
	if err == nil && info.IsDir() {
		name = path.Join(name, "index.html")
		info, err = fs.Stat(mount.Files, name)
		if err == nil && info.Mode().IsRegular() && !strings.HasSuffix(r.Path, "/") {
			// Relative, so that it holds behind any proxy; the name is a valid
			// one, so it is no URL of elsewhere.
			location := url.URL{Path: "./" + path.Base(r.Path) + "/", RawQuery: r.Query}
			return nil, Text(http.StatusMovedPermanently, "It has moved to the address with a slash.", Field{"Location", location.String()})
		}
	} else if err == nil && strings.HasSuffix(r.Path, "/") {
		err = fs.ErrNotExist
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, notFound
	}
	f, err := s.load(mount, name, info)
	if err != nil {
		return nil, notFound
	}
	return f, nil
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
	s.mu.RLock()
	f := s.files[key]
	s.mu.RUnlock()
	if f != nil && f.stamp.Equal(info.ModTime()) && f.size == info.Size() {
		return f, nil
	}
	content, err := fs.ReadFile(mount.Files, name)
	if err != nil {
		return nil, err
	}
	variants := []*variant{newVariant("", content)}
	for _, coding := range codings {
		twin, err := fs.Stat(mount.Files, name+coding.suffix)
		if err != nil || twin.ModTime().Before(info.ModTime()) { // one of an older build
			continue
		}
		if content, err := fs.ReadFile(mount.Files, name+coding.suffix); err == nil {
			variants = append(variants, newVariant(coding.name, content))
		}
	}
	if len(variants) == 1 {
		variants = append(variants, squeezed(name, content)...)
	}
	var ahead []string
	if strings.HasSuffix(name, ".html") {
		ahead = hints(content, s.content)
	}
	modified := info.ModTime()
	if modified.IsZero() {
		modified = s.Modified
	}
	f = newFile(name, mount.CSP(name), s.Always, modified, variants, ahead)
	f.stamp, f.size = info.ModTime(), info.Size()
	s.mu.Lock()
	s.files[key] = f
	s.mu.Unlock()
	return f, nil
}
