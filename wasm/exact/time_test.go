package exact

import (
	"net/http"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	for _, test := range []struct {
		in string
		ok bool
	}{
		{"2023-07-13T20:37:37.088Z", true},
		{"2023-07-13T20:37:37Z", true},
		{"2023-07-13t20:37:37z", true},
		{"2023-07-13T20:37:37.1Z", true},
		{"2023-07-13T20:37:37.123456789Z", true},
		{"2023-07-13T22:37:37.088+02:00", true},
		{"2023-07-13T12:37:37-08:30", true},
		{"1969-12-31T23:59:59.999Z", true},
		{"2024-02-29T00:00:00Z", true},
		{"2000-02-29T00:00:00Z", true},
		{"0001-01-01T00:00:00Z", true},
		{"9999-12-31T23:59:59Z", true},
		{"", false},
		{"2023-07-13", false},
		{"2023-07-13T20:37:37", false},
		{"2023-07-13T20:37:37.", false},
		{"2023-07-13T20:37:37.Z", false},
		{"2023-02-29T00:00:00Z", false},
		{"1900-02-29T00:00:00Z", false},
		{"2023-13-01T00:00:00Z", false},
		{"2023-00-01T00:00:00Z", false},
		{"2023-01-00T00:00:00Z", false},
		{"2023-01-01T24:00:00Z", false},
		{"2023-01-01T00:60:00Z", false},
		{"2023-01-01T00:00:00+24:00", false},
		{"2023-01-01T00:00:00+0000", false},
		{"2023-01-01T00:00:00 Z", false},
		{"+2023-1-1T00:00:00Z", false},
		{"0000-01-01T00:00:00Z", false},
		{"20２3-01-01T00:00:00Z", false},
		{"1689280657", false},
	} {
		got, ok := ParseTime(test.in)
		if ok != test.ok {
			t.Errorf("ParseTime(%q): ok = %t, want %t", test.in, ok, test.ok)
			continue
		}
		if want, err := time.Parse(time.RFC3339, test.in); ok && err == nil && got != want.UnixMilli() {
			t.Errorf("ParseTime(%q) = %d, want %d", test.in, got, want.UnixMilli())
		}
	}
	spaced, ok := ParseTime("2023-07-13 20:37:37.088Z")
	if !ok || spaced != 1689280657088 {
		t.Errorf("a space between date and time: %d, %t; RFC 3339 allows it", spaced, ok)
	}
	leap, ok := ParseTime("2016-12-31T23:59:60Z")
	if !ok || leap != 1483228800000 {
		t.Errorf("a leap second: %d, %t, want the next second", leap, ok)
	}
}

// Every day of four centuries agrees with the standard library.
func TestParseTime_calendar(t *testing.T) {
	for day := time.Date(1900, 1, 1, 12, 34, 56, 789e6, time.UTC); day.Year() < 2301; day = day.AddDate(0, 0, 1) {
		text := day.Format(time.RFC3339Nano)
		if got, ok := ParseTime(text); !ok || got != day.UnixMilli() {
			t.Fatalf("ParseTime(%q) = %d, %t, want %d", text, got, ok, day.UnixMilli())
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now, err := http.ParseTime("Sun, 06 Nov 1994 08:49:37 GMT")
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * 60 * 60 * 1000
	for in, want := range map[string]int64{
		"":                               -1,
		"0":                              0,
		"120":                            120_000,
		" 7 ":                            7000,
		"86401":                          day,
		"99999999999999999999":           day,
		"-1":                             -1,
		"1.5":                            -1,
		"soon":                           -1,
		"Sun, 06 Nov 1994 08:50:37 GMT":  60_000,
		"Sunday, 06-Nov-94 08:50:37 GMT": 60_000,
		"Sun Nov  6 08:50:37 1994":       60_000,
		"Sun, 06 Nov 1994 08:00:00 GMT":  0,
		"Mon, 06 Nov 1995 08:49:37 GMT":  day,
		"Sun, 06 Xxx 1994 08:50:37 GMT":  -1,
		"Sun, 06 anF 1994 08:50:37 GMT":  -1,
		"Sun, 31 Nov 1994 08:50:37 GMT":  -1,
		"Sun, 06 Nov 1994 08:50:37 CET":  -1,
	} {
		if got := RetryAfter(in, now.UnixMilli()); got != want {
			t.Errorf("RetryAfter(%q) = %d, want %d", in, got, want)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("2023-07-13T20:37:37.088Z")
	f.Add("2024-02-29T23:59:59+23:59")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseTime(s)
		if want, err := time.Parse(time.RFC3339, s); err == nil && ok && got != want.UnixMilli() {
			t.Errorf("ParseTime(%q) = %d, want %d", s, got, want.UnixMilli())
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", int64(0))
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT", int64(784111777000))
	f.Fuzz(func(t *testing.T, s string, now int64) {
		if got := RetryAfter(s, now%(1<<53)); got < -1 || got > maxRetryAfter {
			t.Errorf("RetryAfter(%q) = %d is out of bounds", s, got)
		}
		want, err := http.ParseTime(s)
		if got, ok := ParseHTTPDate(s); err == nil && ok && got != want.UnixMilli() {
			t.Errorf("ParseHTTPDate(%q) = %d, want %d", s, got, want.UnixMilli())
		}
	})
}
