package gateway

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// sameOrigin lets through what a page of our own origin sent. Other pages can
// make a browser send requests, but a browser tells on them: by Sec-Fetch-Site
// (W3C Fetch Metadata; secure contexts only) and by Origin (RFC 6454). Where
// neither is there, only reads are let through: every browser names the origin
// with other methods, and for reads a foreign page would have to set
// Authorization, which needs a CORS preflight that is never granted here.
func (g *Gateway) sameOrigin(r *http.Request) bool {
	sites, origins := r.Header["Sec-Fetch-Site"], r.Header["Origin"]
	if len(sites) > 1 || len(origins) > 1 {
		return false
	}
	if len(sites) == 1 && sites[0] != "same-origin" {
		return false
	}
	if len(origins) == 1 {
		return g.ownOrigin(r, origins[0])
	}
	return len(sites) == 1 || r.Method == http.MethodGet || r.Method == http.MethodHead
}

func (g *Gateway) ownOrigin(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Path != "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return false // "null" too
	}
	if len(g.config.Origins) > 0 {
		return slices.Contains(g.config.Origins, canonicalOrigin(u))
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && r.TLS == nil:
	default:
		return false
	}
	// Where TLS ends before us the page says https and we see http: so the
	// host decides, with the default port of the page's scheme.
	own := &url.URL{Scheme: u.Scheme, Host: r.Host}
	return canonicalOrigin(own) == canonicalOrigin(u)
}

// canonicalOrigin writes an origin as browsers do: lower case, no default port.
func canonicalOrigin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return strings.ToLower(u.Scheme) + "://" + host
}

// isLoopback tells whether host is this machine: localhost, *.localhost,
// 127.0.0.0/8 and ::1.
func isLoopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
