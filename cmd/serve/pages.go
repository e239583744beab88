package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"

	"exactlogin/cmd/serve/gateway"
	"exactlogin/cmd/serve/http1"
	"exactlogin/cmd/serve/static"
)

// pages is all that is served on the page's origin.
type pages struct {
	front   *http1.Front
	servers [2]*http.Server
	serve   func() error
}

// healthPath says that the server answers; for load balancers.
const healthPath = "/healthz"

var healthy = static.Text(http.StatusOK, "ok").Keep()

// pages puts the site, the gateway and the sandbox's switches (nil = none) on
// one origin. Files go out without a detour; the others are handlers.
func (c *config) pages(l net.Listener, secure *tls.Config, site *static.Site, g, control http.Handler, o *observer) *pages {
	reports := &reports{observer: o}
	// handler is who serves a path, nil for the site. It looks at the path as
	// it came: a router would clean it first.
	handler := func(path string) http.Handler {
		switch {
		case g != nil && strings.HasPrefix(path, gateway.Prefix):
			return g
		case control != nil && path == controlPath:
			return control
		case path == reportPath:
			return reports
		case path == healthPath:
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { healthy.Serve(w, r) })
		}
		return nil
	}
	always := site.Always
	all := o.watch(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := handler(r.URL.EscapedPath())
		if h == nil {
			site.ServeHTTP(w, r)
			return
		}
		for _, f := range always {
			w.Header().Set(f.Name, f.Value)
		}
		if r.URL.Path == controlPath || r.URL.Path == reportPath {
			static.Protect(w.Header())
			w.Header().Set("Cache-Control", "no-store")
		}
		h.ServeHTTP(w, r)
	}))
	front := http1.New(l, secure, http1.Options{
		Always:      always,
		Connections: c.most,
		Done:        o.done,
		Ready: func(r *static.Request) *static.Answer {
			if handler(r.Path) != nil {
				return nil
			}
			return site.Answer(r)
		},
	})
	p := &pages{front: front}
	p.servers[0], p.servers[1], p.serve = front.Serve(all, func(s *http.Server) { s.ErrorLog = o.errors() })
	return p
}
