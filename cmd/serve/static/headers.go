package static

import (
	"net/http"
	"path"
	"regexp"
	"strings"
)

// protection is what every answer of a site carries. The referrer policy of
// pages and of the worker's script are the same, because a worker does not
// inherit its page's.
var protection = []Field{
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "strict-origin-when-cross-origin"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
}

// Protection lists the headers that every answer of a site carries.
func Protection() []Field { return append([]Field(nil), protection...) }

// Protect sets the headers of Protection.
func Protect(h http.Header) {
	for _, f := range protection {
		h.Set(f.Name, f.Value)
	}
}

// How long a browser may use a file without asking. Names that stay ask each
// time, which a 304 makes cheap; names made of their content never change.
const (
	asking  = "no-cache"
	forever = "public, max-age=31536000, immutable"
)

// hashed finds the part of a name that bundlers make of the content: eight or
// more hexadecimal digits, esbuild's eight of base32, Vite's eight of base64.
var hashed = regexp.MustCompile(`[.-](?:([0-9a-f]{8,64})|([A-Z2-7]{8})|([A-Za-z0-9_-]{8}))\.[a-z0-9.]+$`)

// CacheControl is how a file may be cached, by its name. A name that looks
// like a word or a number is taken for one: asking too often does no harm.
func CacheControl(name string) string {
	m := hashed.FindStringSubmatch(path.Base(name))
	if m == nil {
		return asking
	}
	digit := strings.ContainsAny(m[0][1:], "0123456789")
	switch {
	case m[1] != "" && strings.ContainsAny(m[1], "0123456789") && strings.ContainsAny(m[1], "abcdef"),
		m[2] != "" && strings.ContainsAny(m[2], "234567") && strings.ContainsAny(m[2], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
		m[3] != "" && digit && m[3] != strings.ToLower(m[3]) && m[3] != strings.ToUpper(m[3]):
		return forever
	}
	return asking
}

// types by extension. The system's tables differ between machines.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".gif":         "image/gif",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".md":          "text/markdown; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".ts":          "text/plain; charset=utf-8", // type declarations
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
	".xml":         "application/xml",
}

// TypeOf is the media type of a file, by its name.
func TypeOf(name string) string {
	if t, ok := types[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}

// squeezable is whether compression is of use: pictures and fonts are
// compressed already.
func squeezable(name string) bool {
	t := TypeOf(name)
	return strings.HasPrefix(t, "text/") || t == "application/wasm" || t == "application/json" ||
		t == "application/manifest+json" || t == "application/xml" || t == "image/svg+xml"
}
