package static

import "strings"

// Policies writes the Content-Security-Policies of a site with exactlogin.
// Connect are the origins, besides the site's own, that hold the API.
type Policies struct {
	Connect []string
	Report  []string // directives that say where violations are told, if any
}

// Embedding is what a page needs that uses exactlogin, and nothing more: no
// eval, no wasm, no foreign origin. The token's whole life is the worker's.
func (p Policies) Embedding() string {
	return p.join(
		"default-src 'none'",
		"script-src 'self'",
		"worker-src 'self'",
		"connect-src 'self'",
		"style-src 'self'",
		"img-src 'self'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'self'",
		"require-trusted-types-for 'script'",
		"trusted-types exactlogin 'allow-duplicates'",
	)
}

// Isolated is Embedding for pages that run the program themselves
// (isolation: "page"): they compile wasm and speak to the API.
func (p Policies) Isolated() string {
	strict := strings.Replace(p.Embedding(), "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", 1)
	return strings.Replace(strict, "connect-src 'self'", p.connect(), 1)
}

// Worker is that of the worker's scripts: they compile wasm, and reach their
// own origin and the API.
func (p Policies) Worker() string {
	return p.join("default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", p.connect())
}

// LoginPage is that of the hosted login page, a wasm program in the page.
func (p Policies) LoginPage() string {
	return p.join(
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"worker-src 'self'",
		"connect-src 'self'",
		"style-src 'self'",
		"img-src 'self' data:",
		"font-src 'self'",
		"manifest-src 'self'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	)
}

// LoginPageOfSandbox is LoginPage where nothing is real: there it may hold the
// session itself, to show what isolation is good for, and speaks to the API.
func (p Policies) LoginPageOfSandbox() string {
	return strings.Replace(p.LoginPage(), "connect-src 'self'", p.connect(), 1)
}

func (p Policies) connect() string {
	return strings.Join(append([]string{"connect-src 'self'"}, p.Connect...), " ")
}

func (p Policies) join(directives ...string) string {
	return strings.Join(append(directives, p.Report...), "; ")
}
