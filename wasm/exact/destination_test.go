package exact

import (
	"net/url"
	"strings"
	"testing"
)

func TestT3_ParseAPI(t *testing.T) {
	for _, test := range []struct{ in, base, origin string }{
		{"sandbox", Sandbox, Sandbox},
		{"production", Production, Production},
		{"https://api.exactpaysandbox.com", Sandbox, Sandbox},
		{"https://api.exactpaysandbox.com/", Sandbox, Sandbox},
		{"HTTPS://API.ExactPaySandbox.COM", Sandbox, Sandbox},
		{"https://api.exactpaysandbox.com:443", Sandbox, Sandbox},
		{"https://api.exactpaysandbox.com:00443", Sandbox, Sandbox},
		{"https://api.exactpaysandbox.com:8443/v1/", Sandbox + ":8443/v1", Sandbox + ":8443"},
		{"http://localhost:8081", "http://localhost:8081", "http://localhost:8081"},
		{"http://api.localhost", "http://api.localhost", "http://api.localhost"},
		{"http://127.0.0.1:8081", "http://127.0.0.1:8081", "http://127.0.0.1:8081"},
		{"http://127.255.0.9", "http://127.255.0.9", "http://127.255.0.9"},
		{"http://[::1]:80/", "http://[::1]", "http://[::1]"},
		{"https://xn--bcher-kva.test", "https://xn--bcher-kva.test", "https://xn--bcher-kva.test"},
	} {
		base, origin, err := ParseAPI(test.in)
		if err != nil || base != test.base || origin != test.origin {
			t.Errorf("ParseAPI(%q) = %q, %q, %v, want %q, %q", test.in, base, origin, err, test.base, test.origin)
		}
	}
}

// hostile addresses look like an API's, or are mended by browsers into
// something else than they seem.
var hostile = []string{
	"", " ", "Sandbox", "live", "//api.exactpaysandbox.com", "api.exactpaysandbox.com",
	"https:/api.exactpaysandbox.com", "https:api.exactpaysandbox.com", "https://",
	"ftp://api.exactpaysandbox.com", "ws://localhost", "javascript://localhost/%0aalert(1)",
	"data://localhost", "blob:https://api.exactpaysandbox.com/1", "file:///etc/passwd",
	"http://api.exactpaysandbox.com", "http://api.exactpaysandbox.com:443",
	"http://localhost.evil.test", "http://evillocalhost", "http://localhost.",
	"http://127.0.0.1.evil.test", "http://127.evil.test", "http://128.0.0.1",
	"http://127.1", "http://2130706433", "http://0x7f.0.0.1", "http://0x7f000001", "http://0177.0.0.1",
	"http://127.0.0.256", "http://127.0.0.01", "http://127.0.0.0x1", "http://0.0.0.0",
	"http://[::2]", "http://[::ffff:127.0.0.1]", "http://[0:0:0:0:0:0:0:1]", "http://[::1", "http://::1",
	"https://user@api.exactpaysandbox.com", "https://user:pass@api.exactpaysandbox.com", "https://@api.exactpaysandbox.com",
	"https://api.exactpaysandbox.com@evil.test", `https://api.exactpaysandbox.com\@evil.test`,
	`https://evil.test\.api.exactpaysandbox.com`, `https:\\api.exactpaysandbox.com`,
	"https://api.exactpaysandbox.com.", "https://api..exactpaysandbox.com", "https://.exactpaysandbox.com",
	"https://api.exactpaysandbox.com:", "https://api.exactpaysandbox.com:0", "https://api.exactpaysandbox.com:65536",
	"https://api.exactpaysandbox.com:-1", "https://api.exactpaysandbox.com:443:443", "https://api.exactpaysandbox.com:4 43",
	"https://api.exactpay\tsandbox.com", "https://api.exactpay\nsandbox.com", "https://api.exactpaysandbox.com\x00.evil.test",
	" https://api.exactpaysandbox.com", "https://api.exactpaysandbox.com ", "\u200bhttps://api.exactpaysandbox.com",
	"https://api%2eexactpaysandbox.com", "https://api.exactpaysandbox%2ecom", "https://%61pi.exactpaysandbox.com",
	"https://\u0430pi.exactpaysandbox.com", "https://api\u3002exactpaysandbox.com", "https://api.exactpaysand\u00adbox.com", "https://\uff41pi.exactpaysandbox.com",
	"https://\u212aing.test", "https://*.exactpaysandbox.com", "https://a|b", "https://a<b", "https://a^b", "https://a b",
	"https://api.exactpaysandbox.com?x", "https://api.exactpaysandbox.com#x", "https://api.exactpaysandbox.com/?",
	"https://api.exactpaysandbox.com/a?x=1", "https://api.exactpaysandbox.com/a#x", "https://api.exactpaysandbox.com//evil.test",
	"https://api.exactpaysandbox.com/../x", "https://api.exactpaysandbox.com/a/./b", "https://api.exactpaysandbox.com/a/%2E%2e/b",
	`https://api.exactpaysandbox.com/a\b`, "https://api.exactpaysandbox.com/a b", "https://api.exactpaysandbox.com/é",
	"https://" + strings.Repeat("a", 64) + ".test", "https://" + strings.Repeat("a.", 130) + "test",
	"https://a.test/" + strings.Repeat("a", 3000),
}

func TestT3_hostileAddressesAreRefused(t *testing.T) {
	for _, in := range hostile {
		if base, _, err := ParseAPI(in); err == nil {
			t.Errorf("ParseAPI(%q) = %q, want an error", in, base)
		} else if len(err.Error()) > 150 || in != "" && len(in) > 12 && strings.Contains(err.Error(), in) {
			t.Errorf("ParseAPI(%q): the error repeats the input: %v", in, err)
		}
	}
	for _, in := range append(hostile, "sandbox", "https://a.test/x", "https://a.test//") {
		if origin, err := ParseOrigin(in); err == nil {
			t.Errorf("ParseOrigin(%q) = %q, want an error", in, origin)
		}
	}
	if origin, err := ParseOrigin("https://A.test:443/"); err != nil || origin != "https://a.test" {
		t.Errorf("ParseOrigin of an origin = %q, %v", origin, err)
	}
}

// What is accepted, an independent parser reads the same way, and reading it
// again changes nothing.
func FuzzT3_destination(f *testing.F) {
	f.Add("sandbox")
	f.Add("https://api.exactpaysandbox.com:8443/v1")
	f.Add("http://127.0.0.1:8081/")
	f.Add("http://[::1]:81")
	for _, in := range hostile {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		base, origin, err := ParseAPI(in)
		if err != nil {
			return
		}
		again, sameOrigin, err := ParseAPI(base)
		if err != nil || again != base || sameOrigin != origin {
			t.Fatalf("ParseAPI(%q) = %q, %q; again: %q, %q, %v", in, base, origin, again, sameOrigin, err)
		}
		u, err := url.Parse(base)
		if err != nil {
			t.Fatalf("ParseAPI(%q) = %q, which is no URL: %v", in, base, err)
		}
		if u.Scheme+"://"+u.Host != origin || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
			t.Errorf("ParseAPI(%q) = %q with origin %q, read as %#v", in, base, origin, u)
		}
		if u.Scheme != "https" && !loopback(u.Hostname()) && u.Hostname() != "::1" {
			t.Errorf("ParseAPI(%q) = %q sends the token in clear", in, base)
		}
		if u.JoinPath().Path != u.Path && u.Path != "" {
			t.Errorf("ParseAPI(%q) = %q has a path that changes to %q", in, base, u.JoinPath().Path)
		}
	})
}
