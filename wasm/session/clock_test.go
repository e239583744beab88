package session

import "testing"

func TestE4_clock(t *testing.T) {
	const w = int64(1_700_000_000_000)
	type reading struct{ wall, monotonic int64 }
	for _, c := range []struct {
		name     string
		readings []reading
		want     int64
	}{
		{"starts at 0", []reading{{w, 7}}, 0},
		{"both agree", []reading{{w, 0}, {w + 1000, 1000}, {w + 3000, 3000}}, 3000},
		{"slept 3 h", []reading{{w, 0}, {w + 3*hour, 5}, {w + 3*hour + 10, 15}}, 3*hour + 10},
		{"set back a day", []reading{{w, 0}, {w - day + 100, 100}, {w - day + 200, 200}}, 200},
		{"set forward a day", []reading{{w, 0}, {w + day, 100}, {w + day + 100, 200}}, day + 100},
		{"set forward and back", []reading{{w, 0}, {w + day, 100}, {w + 200, 200}}, day + 100},
		{"set back by less than is noticed", []reading{{w, 0}, {w + 60, 100}, {w + 160, 200}}, 200},
		{"both a little back", []reading{{w, 0}, {w + 1000, 1000}, {w + 980, 980}}, 1000},
		{"both go back", []reading{{w, 1000}, {w - 10, 990}, {w - day, 0}}, 0},
		{"absurd", []reading{{-1 << 63, -1 << 63}, {1<<63 - 1, 0}, {-1 << 63, 0}, {1<<63 - 1, 0}}, 4 * 8.64e15},
	} {
		var clock Clock
		last := int64(0)
		for _, r := range c.readings {
			clock = clock.Read(r.wall, r.monotonic)
			if clock.Now() < last {
				t.Errorf("%s: went back from %d to %d", c.name, last, clock.Now())
			}
			last = clock.Now()
		}
		if last != c.want {
			t.Errorf("%s: %d, want %d", c.name, last, c.want)
		}
	}
}

// Ten readings a millisecond, of clocks that tick over at different moments:
// the larger of each two advances would run at twice the speed.
func TestE4_clockDoesNotRunFastWhenReadOften(t *testing.T) {
	const w = int64(1_700_000_000_000)
	clock := Clock{}
	for tenth := range int64(100_000) {
		clock = clock.Read(w+tenth/10, (tenth+5)/10)
	}
	if now := clock.Now(); now < 9_999 || now > 10_001 {
		t.Errorf("10 s took %d ms", now)
	}
}

func TestE4_clockIsBounded(t *testing.T) {
	clock := Clock{}
	for i := range 1000 {
		clock = clock.Read([]int64{-1 << 62, 1 << 62}[i%2], 0)
	}
	if clock.Now() != 1<<60 {
		t.Errorf("clock at %d after absurd jumps", clock.Now())
	}
	if clock = clock.Read(clock.wall+40, 40); clock.Now() != 1<<60 {
		t.Errorf("clock at %d, past its bound", clock.Now())
	}
}
