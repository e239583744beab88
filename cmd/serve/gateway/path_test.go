package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestSegments(t *testing.T) {
	for _, path := range []string{
		"/", "/a", "/a/", "/a/b%20c", "/Z%C3%BCrich", "/a.b/..c/c..", "/~x!$&'()*+,=:@", "/{x}",
	} {
		if _, ok := segments(path); !ok {
			t.Errorf("%q is refused", path)
		}
	}
	for _, path := range []string{
		"", "a", "//", "/a//b", "/.", "/..", "/a/../b", "/a/./b", "/%2e%2e/b", "/%2E./b", "/a/..", "/a%2fb", "/a%2Fb", `/a\b`, "/a%5cb",
		"/a%00", "/a%0d%0aX: y", "/a%7f", "/a%c2%85", "/a;b=c", "/a/..;/b", "/a%3bb", "/a%252e", "/a%25", "/a%", "/a%zz", "/a?b", "/a%3fb", "/a%23b",
		"/a#b", "/a%ff", "/é", "/a b", "/a\tb", "/a\x00",
	} {
		if parts, ok := segments(path); ok {
			t.Errorf("%q is accepted as %q", path, parts)
		}
	}
}

func TestRules(t *testing.T) {
	var rules []Rule
	for _, text := range []string{"POST /a/b", "GET,DELETE /p/{partner}/orders/{id}", "GET /reports/"} {
		rule, err := parseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	for _, test := range []struct {
		method, path, rule, allowed string
	}{
		{"POST", "/a/b", "POST /a/b", ""},
		{"GET", "/a/b", "", "POST"},
		{"POST", "/a/B", "", ""},
		{"POST", "/a/b/", "", ""},
		{"POST", "/a/b/c", "", ""},
		{"POST", "/a", "", ""},
		{"post", "/a/b", "", "POST"},
		{"GET", "/p/x/orders/7", "GET,DELETE /p/{partner}/orders/{id}", ""},
		{"DELETE", "/p/%7Bx/orders/7", "GET,DELETE /p/{partner}/orders/{id}", ""},
		{"PUT", "/p/x/orders/7", "", "DELETE,GET"},
		{"GET", "/p/x/orders/", "", ""},
		{"GET", "/p/x/y/orders/7", "", ""},
		{"GET", "/reports/", "GET /reports/", ""},
		{"GET", "/reports/2030/05", "GET /reports/", ""},
		{"GET", "/reports", "", ""},
		{"HEAD", "/reports/x", "", "GET"},
	} {
		path, ok := segments(test.path)
		if !ok {
			t.Fatalf("%q is no path", test.path)
		}
		rule, ok, allowed := findRule(rules, test.method, path)
		if rule.text != test.rule || ok != (test.rule != "") || strings.Join(allowed, ",") != test.allowed {
			t.Errorf("%s %s: got %q, allowed %q; want %q, %q", test.method, test.path, rule.text, allowed, test.rule, test.allowed)
		}
	}
}

// Whatever the path, a request that passes stays on the partner's host, and
// beneath the only prefix that is allowed, however often it is decoded.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/in/x", "/in/../out", "/in/%2e%2e/out", "/in/..%2fout", `/in/\..\out`, "/in/%252e%252e/", "//evil.test/", "/@evil.test"} {
		f.Add(seed)
	}
	rule, err := parseRule("GET /in/")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		parts, ok := segments(path)
		if !ok {
			return
		}
		if _, ok, _ := findRule([]Rule{rule}, http.MethodGet, parts); !ok {
			return
		}
		for range 3 {
			u, err := url.Parse("https://partner.test" + path)
			if err != nil || u.Host != "partner.test" || !strings.HasPrefix(u.JoinPath().EscapedPath(), "/in/") {
				t.Fatalf("%q leads to %v (%v)", path, u, err)
			}
			if path, err = url.PathUnescape(path); err != nil {
				return
			}
			path = strings.ReplaceAll(path, " ", "%20")
		}
	})
}

func TestOrigin(t *testing.T) {
	const absent = "-"
	for _, test := range []struct {
		method, host, origin, site string
		tls                        bool
		configured                 string
		want                       bool
	}{
		{"GET", "pay.test", absent, "same-origin", false, "", true},
		{"GET", "pay.test", absent, absent, false, "", true}, // Authorization is still asked for
		{"POST", "pay.test", absent, absent, false, "", false},
		{"DELETE", "pay.test", absent, absent, false, "", false},
		{"POST", "pay.test", absent, "same-origin", false, "", true},
		{"POST", "pay.test", "http://pay.test", absent, false, "", true},
		{"POST", "pay.test", "https://pay.test", "same-origin", false, "", true}, // TLS ended before us
		{"POST", "pay.test", "https://pay.test", "same-origin", true, "", true},
		{"POST", "pay.test", "http://pay.test", absent, true, "", false},
		{"POST", "pay.test:443", "https://pay.test", absent, true, "", true},
		{"POST", "PAY.test", "https://pay.test", absent, true, "", true},
		{"POST", "pay.test:8080", "http://pay.test", absent, false, "", false},
		{"POST", "pay.test", "http://evil.test", absent, false, "", false},
		{"GET", "pay.test", "http://evil.test", absent, false, "", false},
		{"POST", "pay.test", "http://pay.test.evil.test", absent, false, "", false},
		{"POST", "pay.test", "http://evil.test@pay.test", absent, false, "", false},
		{"POST", "pay.test", "null", absent, false, "", false},
		{"POST", "pay.test", "", absent, false, "", false},
		{"POST", "pay.test", "file://", absent, false, "", false},
		{"POST", "pay.test", "chrome-extension://pay.test", absent, false, "", false},
		{"GET", "pay.test", absent, "cross-site", false, "", false},
		{"GET", "pay.test", absent, "same-site", false, "", false},
		{"GET", "pay.test", absent, "none", false, "", false},
		{"GET", "pay.test", absent, "", false, "", false},
		{"POST", "pay.test", "http://pay.test", "cross-site", false, "", false},
		{"POST", "inner:8080", "https://pay.test", "same-origin", false, "https://pay.test", true},
		{"POST", "inner:8080", "http://inner:8080", "same-origin", false, "https://pay.test", false},
		{"POST", "inner:8080", "http://pay.test", "same-origin", false, "https://pay.test", false},
	} {
		g := &Gateway{config: &Config{}}
		if test.configured != "" {
			g.config.Origins = []string{test.configured}
		}
		scheme := "http://"
		if test.tls {
			scheme = "https://"
		}
		r := httptest.NewRequest(test.method, scheme+test.host+"/gateway/su/x", nil)
		if test.origin != absent {
			r.Header.Set("Origin", test.origin)
		}
		if test.site != absent {
			r.Header.Set("Sec-Fetch-Site", test.site)
		}
		if got := g.sameOrigin(r); got != test.want {
			t.Errorf("%+v: got %v", test, got)
		}
	}
	r := httptest.NewRequest("POST", "http://pay.test/gateway/su/x", nil)
	r.Header["Origin"] = []string{"http://pay.test", "http://evil.test"}
	if (&Gateway{config: &Config{}}).sameOrigin(r) {
		t.Error("two origins are accepted")
	}
}
