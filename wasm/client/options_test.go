package client

import (
	"math"
	"strings"
	"testing"

	"exactlogin/wasm/exact"
)

func TestConnect_identityMustMatch(t *testing.T) {
	for option, value := range map[string]any{
		"api":         "production",
		"allow":       []any{"https://gateway.test"},
		"application": "shop",
		"mode":        "test",
		"isolation":   "page",
		"revoke":      asTemplate("DELETE", "/token"),
	} {
		r := newRig(t)
		r.join(1)
		problem := r.Connect(2, options(with(option, value)))
		if problem == nil || problem.Code != exact.AlreadyConfigured || problem.Option != option || !strings.Contains(problem.Message, option) {
			t.Errorf("another %s: %+v", option, problem)
		}
		if r.heard[2] != nil {
			t.Errorf("another %s: refused, yet told %+v", option, r.heard[2])
		}
	}
	r := newRig(t)
	r.join(1, with("allow", []any{"https://b.test", "https://a.test:443", "https://B.test"}), with("api", "https://API.exactpaysandbox.com/"))
	r.join(2, with("allow", []any{"https://a.test", "https://b.test"}))
}

func TestConnect_policyMayDiffer(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.join(2, with("lifetime", float64(minute)), with("keepAlive", asTemplate("", "/a")), with("on401", "end"), with("warnBefore", 0.0))
}

func TestConnect_anotherConfigurationOnceAllIsOver(t *testing.T) {
	r := newRig(t)
	production := options(with("api", "production"))
	r.join(1)
	r.signIn(1, "ann")
	r.Disconnect(1)
	if problem := r.Connect(2, production); problem == nil {
		t.Fatal("a live session got another API")
	}
	r.End("last-tab-closed")
	if problem := r.Connect(2, production); problem != nil {
		t.Fatalf("nobody is there: %+v", problem)
	}
	if p := r.Pass(api, "GET", false); p.Refuse != exact.Forbidden {
		t.Errorf("the former API is still allowed: %+v", p)
	}
}

func TestConnect_liveSessionTakesTheStricterPolicy(t *testing.T) {
	r := newRig(t)
	r.join(1)
	r.signIn(1, "ann")
	r.join(2, with("maxLifetime", float64(10*minute)))
	if s := r.last(1).snapshot; s.Remaining > 10*minute {
		t.Errorf("remaining %d ms", s.Remaining)
	}
}

func TestReadOptions_wrongTypesAndValuesNameTheOption(t *testing.T) {
	body := map[string]any{"method": "POST", "path": "/x", "body": 7.0}
	for option, values := range map[string][]any{
		"api":            {nil, "", 7.0, true, []any{}, "http://api.test", "https://api.test/?x", strings.Repeat("x", 5000)},
		"allow":          {"https://a.test", map[string]any{}, []any{7.0}, []any{"a.test"}, []any{"https://a.test/x"}, make([]any, 101)},
		"application":    {7.0, []any{}, strings.Repeat("x", 5000)},
		"mode":           {"prod", 1.0},
		"persistence":    {"browser", "disk", false},
		"isolation":      {"none", 0.0},
		"expiry":         {"never", 5.0},
		"on401":          {"retry", map[string]any{}},
		"lifetime":       {"7200000", -1.0, math.NaN(), math.Inf(1), 1e300, true},
		"idleAfter":      {-1.0, "x"},
		"idleBackground": {[]any{}},
		"maxLifetime":    {math.Inf(-1)},
		"warnBefore":     {"5m"},
		"revoke":         {"/token", 7.0, []any{}, map[string]any{}, map[string]any{"path": 7.0}},
		"keepAlive":      {body, map[string]any{"path": "//evil.test"}, map[string]any{"path": "/x", "headers": "x"}, map[string]any{"path": "/x", "headers": []any{[]any{"a"}}}},
		"verify":         {map[string]any{"path": "/x", "headers": []any{[]any{"a", 7.0}}}, map[string]any{"path": "/x", "headers": []any{[]any{"Authorization", "x"}}}},
	} {
		for _, value := range values {
			_, problem := ReadOptions(options(with(option, value)))
			if problem == nil || problem.Code != exact.InvalidOption || problem.Option != option || !strings.Contains(problem.Message, option) || len(problem.Message) > 300 {
				t.Errorf("%s = %.40v: %+v", option, value, problem)
			}
		}
	}
	for _, value := range []any{nil, 7.0, "x", []any{}, map[string]any{}} {
		if _, problem := ReadOptions(value); problem == nil {
			t.Errorf("options %v are accepted", value)
		}
	}
	if _, problem := ReadOptions(map[string]any{"api": "sandbox", "whenSignedOut": 7.0}); problem != nil {
		t.Errorf("the least one can say: %+v", problem)
	}
}

func TestReadAnswer_wrongTypes(t *testing.T) {
	for _, value := range []any{nil, 7.0, "x", []any{}, map[string]any{}, map[string]any{"ok": "true"}, map[string]any{"ok": false, "kind": 7.0}} {
		if got := ReadAnswer(value); got != (Answer{Failure: "network"}) {
			t.Errorf("ReadAnswer(%v) = %+v", value, got)
		}
	}
	odd := map[string]any{"ok": true, "status": "200", "date": math.NaN(), "retryAfter": 7.0, "secret": math.Inf(1), "json": nil}
	if got := ReadAnswer(odd); got.Status != 1 || got.Date != 0 || got.RetryAfter != "" || got.Secret != maxWhole {
		t.Errorf("ReadAnswer(%v) = %+v", odd, got)
	}
	for f, want := range map[float64]int64{0: 0, 1.9: 1, -1.9: -1, 1e300: maxWhole, -1e300: -maxWhole, math.Inf(-1): -maxWhole} {
		if got := Whole(f); got != want {
			t.Errorf("Whole(%g) = %d, want %d", f, got, want)
		}
	}
	if Whole(math.NaN()) != 0 {
		t.Error("Whole(NaN) is not 0")
	}
}
