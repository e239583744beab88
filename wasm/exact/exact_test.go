package exact

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// decode reads JSON as the host does: into plain values.
func decode(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("the test's own JSON %q: %v", text, err)
	}
	return value
}

func TestA1_loginBodyHasDocumentedKeysOnly(t *testing.T) {
	for _, test := range []struct {
		login Login
		want  string
	}{
		{Login{Email: "a@exactlogin.test"}, `{"email":"a@exactlogin.test"}`},
		{Login{Email: "a@exactlogin.test", Application: "shop"}, `{"email":"a@exactlogin.test","application":"shop"}`},
		{Login{Email: "a@exactlogin.test", Application: "shop", Mode: "test"}, `{"email":"a@exactlogin.test","application":"shop","mode":"test"}`},
		{Login{Email: "\"\\\n\x7f é\u2028😀", Mode: "live"}, `{"email":"\"\\\u000a\u007f é` + "\u2028" + `😀","mode":"live"}`},
	} {
		if got := test.login.Body(); got != test.want {
			t.Errorf("Body() = %s, want %s", got, test.want)
		}
	}
}

func TestLogin_Check(t *testing.T) {
	for email, ok := range map[string]bool{
		"":                             false,
		" ":                            true,
		"not an address":               true,
		"a@exactlogin.test":            true,
		strings.Repeat("a", 1000):      true,
		strings.Repeat("a", 1001):      false,
		strings.Repeat("a", 2_000_000): false,
	} {
		err := Login{Email: email}.Check()
		if (err == nil) != ok {
			t.Errorf("Check with %d bytes: %v, want ok = %t", len(email), err, ok)
		}
		if err != nil && (err.Code != InvalidRequest || err.Message == "" || len(err.Message) > 200) {
			t.Errorf("Check with %d bytes: %+v", len(email), err)
		}
	}
}

func TestA6_ReadUserToken(t *testing.T) {
	const documented = `{"token":"","expiresAt":"2023-07-13T20:37:37.088Z","isAuthenticated":"true","mode":"live","type":"user",
		"user":"64b0","application":"shop","account":"64b1","accountType":"organization",
		"allowedPermissions":["accounts.read","charges.read-guid"],"allowedAccounts":["64b1","64b2"],"apiVersion":"1.0.0"}`
	want := UserToken{
		ExpiresAt: 1689280657088, User: "64b0", Account: "64b1", AccountType: "organization", Application: "shop", Mode: "live",
		Permissions: []string{"accounts.read", "charges.read-guid"}, Accounts: []string{"64b1", "64b2"},
	}
	if got := ReadUserToken(decode(t, documented)); !reflect.DeepEqual(got, want) {
		t.Errorf("documented answer: %+v, want %+v", got, want)
	}
	for text, want := range map[string]UserToken{
		`null`: {}, `7`: {}, `"x"`: {}, `[]`: {}, `[{"user":"64b0"}]`: {}, `{}`: {},
		`{"user":7,"account":null,"expiresAt":1689280657088,"allowedPermissions":"all","allowedAccounts":{"0":"x"}}`: {},
		`{"user":"64b0","account":{"id":"64b1"},"unknown":{"deep":[[[[]]]]}}`:                                        {User: "64b0"},
		`{"expiresAt":"tomorrow","mode":"test"}`:                                                                     {Mode: "test"},
		`{"allowedPermissions":["a",7,null,"",["b"],"c"]}`:                                                           {Permissions: []string{"a", "c"}},
		`{"user":"` + strings.Repeat("x", 257) + `","account":"64b1"}`:                                               {Account: "64b1"},
	} {
		if got := ReadUserToken(decode(t, text)); !reflect.DeepEqual(got, want) {
			t.Errorf("ReadUserToken(%.80s) = %+v, want %+v", text, got, want)
		}
	}
	many := make([]any, 50_000)
	for i := range many {
		many[i] = "accounts.read"
	}
	if got := ReadUserToken(map[string]any{"allowedPermissions": many}); len(got.Permissions) != maxEntries {
		t.Errorf("a huge list keeps %d entries, want %d", len(got.Permissions), maxEntries)
	}
}

func TestA2_errorsByStatus(t *testing.T) {
	for status, want := range map[int]struct {
		code      Code
		retryable bool
	}{
		400: {InvalidRequest, false}, 405: {InvalidRequest, false}, 413: {InvalidRequest, false}, 422: {InvalidRequest, false},
		401: {InvalidCredentials, false}, 404: {InvalidCredentials, false},
		403: {PasswordExpired, false},
		423: {Locked, false},
		429: {RateLimited, true},
		408: {Unavailable, true}, 500: {Unavailable, true}, 502: {Unavailable, true}, 503: {Unavailable, true}, 599: {Unavailable, true},
		200: {MalformedResponse, false}, 201: {MalformedResponse, false}, 204: {MalformedResponse, false},
		304: {MalformedResponse, false}, 0: {MalformedResponse, false}, 999: {MalformedResponse, false},
	} {
		for _, body := range []any{nil, "text", map[string]any{"issues": 7.0}, []any{nil}} {
			err := Refused("login", status, body, "", 0)
			if err.Code != want.code || err.Retryable != want.retryable || err.Status != status || err.Message == "" || err.RetryAfter != -1 || err.Issues != nil {
				t.Errorf("status %d: %+v, want %s", status, err, want.code)
			}
		}
	}
	if a, b := Refused("login", 401, "wrong password", "", 0), Refused("login", 404, "no such user", "", 0); a.Message != b.Message {
		t.Errorf("401 says %q, 404 says %q: that tells which accounts exist", a.Message, b.Message)
	}
	if err := Refused("login", 429, nil, "30", 0); err.RetryAfter != 30_000 {
		t.Errorf("429 with Retry-After 30: %d ms", err.RetryAfter)
	}
	if err := Unreached("login", false, true); err.Code != Network || !err.Offline || err.Message != offlineMessage {
		t.Errorf("offline: %+v", err)
	}
	if err := Unreached("login", false, false); err.Code != Network || err.Offline || !err.Retryable {
		t.Errorf("no answer: %+v", err)
	}
	if err := Unreached("login", true, false); err.Code != Timeout || !err.Retryable {
		t.Errorf("no answer in time: %+v", err)
	}
}

func TestReadIssues(t *testing.T) {
	want := []Issue{{Code: "too_small", Path: "items.0.email", Message: "Required"}}
	const issue = `{"code":"too_small","path":["items",0,"email"],"message":"Required","minimum":1}`
	for _, text := range []string{
		`{"issues":[` + issue + `],"name":"ZodError"}`,
		`[` + issue + `]`,
		`[null,7,"x",[],{},` + issue + `]`,
	} {
		if got := ReadIssues(decode(t, text)); !reflect.DeepEqual(got, want) {
			t.Errorf("ReadIssues(%s) = %+v, want %+v", text, got, want)
		}
	}
	long := map[string]any{"code": strings.Repeat("é", 400), "path": []any{strings.Repeat("x", 400), true, nil}}
	many := make([]any, 1000)
	for i := range many {
		many[i] = long
	}
	got := ReadIssues(many)
	if len(got) != maxIssues {
		t.Fatalf("%d issues kept, want %d", len(got), maxIssues)
	}
	if len(got[0].Code) > maxMessage || len(got[0].Path) > maxMessage || strings.ContainsRune(got[0].Code, '\uFFFD') {
		t.Errorf("issue is not cut well: %d and %d bytes", len(got[0].Code), len(got[0].Path))
	}
}

// Whatever JSON an answer or an error body is, reading it keeps within bounds.
func FuzzReadUserToken(f *testing.F) {
	f.Add(`{"expiresAt":"2023-07-13T20:37:37.088Z","user":"64b0","allowedPermissions":["accounts.read"]}`)
	f.Add(`{"user":{"user":[]},"allowedAccounts":[[],"x",7]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var value any
		if json.Unmarshal([]byte(text), &value) != nil {
			return
		}
		token := ReadUserToken(value)
		for _, s := range append(append([]string{token.User, token.Account, token.AccountType, token.Application, token.Mode}, token.Permissions...), token.Accounts...) {
			if len(s) > maxField {
				t.Errorf("a field of %d bytes", len(s))
			}
		}
	})
}

func FuzzReadIssues(f *testing.F) {
	f.Add(`{"issues":[{"code":"custom","path":["email"],"message":"m"}],"name":"ZodError"}`)
	f.Add(`[{"code":"custom","path":[1e300,{}],"message":null}]`)
	f.Fuzz(func(t *testing.T, text string) {
		var value any
		if json.Unmarshal([]byte(text), &value) != nil {
			return
		}
		issues := ReadIssues(value)
		if len(issues) > maxIssues {
			t.Errorf("%d issues", len(issues))
		}
		for _, issue := range issues {
			if len(issue.Code) > maxMessage || len(issue.Path) > maxMessage || len(issue.Message) > maxMessage {
				t.Errorf("too long: %+v", issue)
			}
		}
	})
}
