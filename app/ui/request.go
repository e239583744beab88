package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// request is one call of the API console.
type request struct {
	Method  string
	Path    string // begins with a slash; {account} and the like are filled in when it is sent
	Headers string // one "Name: value" a line
	Body    string
}

// suggestion is a documented call.
type suggestion struct{ method, path, about string }

// suggestions are the documented calls a page makes.
var suggestions = []suggestion{
	{"GET", "/account/{account}", "The account"},
	{"GET", "/account/{account}/payments?$limit=20&$sort=-createdAt", "Newest payments"},
	{"POST", "/account/{account}/payments", "Take a payment"},
	{"GET", "/organization/{organization}", "The organization"},
	{"GET", "/application/{application}/token?$limit=20", "Application tokens"},
	{"GET", "/status", "Whether the API is up"},
}

// methods the console offers.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}

// fill puts the session's ids in the place of {account}, {user}, {organization} and {application}.
func fill(path string, s Session) string {
	organization := s.Account
	if s.AccountType != "organization" && len(s.Accounts) > 0 {
		organization = s.Accounts[0]
	}
	return strings.NewReplacer(
		"{account}", url.PathEscape(s.Account),
		"{user}", url.PathEscape(s.User),
		"{organization}", url.PathEscape(organization),
		"{application}", url.PathEscape(s.Application),
	).Replace(path)
}

// parseHeaders reads one "Name: value" a line; empty lines are skipped.
func parseHeaders(text string) ([][2]string, error) {
	var headers [][2]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, fmt.Errorf("“%s” is not a header: write Name: value, one a line", line)
		}
		headers = append(headers, [2]string{name, strings.TrimSpace(value)})
	}
	return headers, nil
}

// hasBody tells whether a body goes out with this method.
func (r request) hasBody() bool { return r.Body != "" && r.Method != "GET" && r.Method != "HEAD" }

// headers adds the content type of a JSON body where none is given.
func (r request) headers() ([][2]string, error) {
	headers, err := parseHeaders(r.Headers)
	if err != nil {
		return nil, err
	}
	given := slices.ContainsFunc(headers, func(h [2]string) bool { return strings.EqualFold(h[0], "content-type") })
	if r.hasBody() && !given && json.Valid([]byte(r.Body)) {
		headers = append(headers, [2]string{"Content-Type", "application/json"})
	}
	return headers, nil
}

// asFetch gives the request as JavaScript for a page that has the client as `exact`.
func (r request) asFetch(s Session) (string, error) {
	headers, err := r.headers()
	if err != nil {
		return "", err
	}
	var options []string
	if r.Method != "GET" {
		options = append(options, "  method: "+quoteJS(r.Method)+",")
	}
	if len(headers) > 0 {
		options = append(options, "  headers: {")
		for _, h := range headers {
			options = append(options, "    "+quoteJS(h[0])+": "+quoteJS(h[1])+",")
		}
		options = append(options, "  },")
	}
	if r.hasBody() {
		options = append(options, "  body: "+quoteJS(r.Body)+",")
	}
	target := "exact.api + " + quoteJS(fill(r.Path, s))
	if len(options) == 0 {
		return "const response = await exact.fetch(" + target + ");", nil
	}
	return "const response = await exact.fetch(" + target + ", {\n" + strings.Join(options, "\n") + "\n});", nil
}

// asCurl gives the request for a POSIX shell. The token is a variable: nothing here ever knows it.
func (r request) asCurl(api string, s Session) (string, error) {
	headers, err := r.headers()
	if err != nil {
		return "", err
	}
	parts := []string{"curl"}
	switch r.Method {
	case "GET":
	case "HEAD":
		parts = append(parts, "--head")
	default:
		parts = append(parts, "-X "+quoteShell(r.Method))
	}
	// --globoff: brackets in filters are not curl's ranges.
	parts = append(parts, "--globoff "+quoteShell(api+fill(r.Path, s)), `-H "Authorization: $EXACT_TOKEN"`)
	for _, h := range headers {
		parts = append(parts, "-H "+quoteShell(h[0]+": "+h[1]))
	}
	if r.hasBody() {
		parts = append(parts, "--data-raw "+quoteShell(r.Body))
	}
	return strings.Join(parts, " \\\n  "), nil
}

// quoteShell makes one word of a POSIX shell out of any text.
func quoteShell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// quoteJS makes a string literal out of any text. JSON is one, for U+2028 and U+2029 are escaped by its encoder.
func quoteJS(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return `""` // strings always encode
	}
	return strings.TrimSpace(b.String())
}

// pretty indents JSON and leaves everything else as it is.
func pretty(body string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
		return body
	}
	return b.String()
}

// size gives a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/1_000_000)
	}
}
