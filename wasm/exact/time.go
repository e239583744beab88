package exact

import "strings"

// maxRetryAfter caps what a server may ask to wait: a day, in ms.
const maxRetryAfter = 24 * 60 * 60 * 1000

// ParseTime reads an RFC 3339 date-time, such as 2023-07-13T20:37:37.088Z, in
// milliseconds since 1970. The time package would do, at the price of its
// zones and layouts in the wasm.
func ParseTime(s string) (ms int64, ok bool) {
	// "2023-07-13T20:37:37" is 19 long, and a zone follows.
	if len(s) < 20 || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	if c := s[10]; c != 'T' && c != 't' && c != ' ' {
		return 0, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	seconds, ok4 := clock(s[11:19])
	if !(ok1 && ok2 && ok3 && ok4) || year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	ms = (daysSinceEpoch(year, month, day)*24*60*60 + seconds) * 1000

	rest := s[19:]
	if rest[0] == '.' {
		n := 1
		scale := int64(100)
		for ; n < len(rest) && '0' <= rest[n] && rest[n] <= '9'; n++ {
			ms += int64(rest[n]-'0') * scale
			scale /= 10 // finer than a millisecond adds nothing
		}
		if n == 1 {
			return 0, false
		}
		rest = rest[n:]
	}
	if rest == "Z" || rest == "z" {
		return ms, true
	}
	if len(rest) != 6 || rest[3] != ':' || rest[0] != '+' && rest[0] != '-' {
		return 0, false
	}
	hours, ok1 := digits(rest[1:3])
	minutes, ok2 := digits(rest[4:6])
	if !(ok1 && ok2) || hours > 23 || minutes > 59 {
		return 0, false
	}
	offset := (hours*60 + minutes) * 60 * 1000
	if rest[0] == '-' {
		offset = -offset
	}
	return ms - offset, true
}

// RetryAfter reads the header Retry-After, RFC 9110 section 10.2.3: seconds, or
// a date, which is compared with now, the server's own time where that is
// known. The result is in ms, at most a day, and -1 if there is nothing to
// read.
func RetryAfter(header string, now int64) int64 {
	header = strings.Trim(header, " \t")
	if header == "" {
		return -1
	}
	if isDigits(header) {
		if len(header) > 9 {
			return maxRetryAfter
		}
		seconds, _ := digits(header)
		return min(seconds*1000, maxRetryAfter)
	}
	at, ok := ParseHTTPDate(header)
	if !ok {
		return -1
	}
	return min(max(at-now, 0), maxRetryAfter)
}

// ParseHTTPDate reads the three forms of RFC 9110 section 5.6.7, each of which
// a recipient must accept:
//
//	Sun, 06 Nov 1994 08:49:37 GMT
//	Sunday, 06-Nov-94 08:49:37 GMT
//	Sun Nov  6 08:49:37 1994
func ParseHTTPDate(s string) (ms int64, ok bool) {
	if len(s) > 40 {
		return 0, false
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '-' })
	var dayText, monthText, yearText, clockText string
	switch {
	case len(parts) == 6 && parts[5] == "GMT":
		dayText, monthText, yearText, clockText = parts[1], parts[2], parts[3], parts[4]
	case len(parts) == 5:
		dayText, monthText, yearText, clockText = parts[2], parts[1], parts[4], parts[3]
	default:
		return 0, false
	}
	day, ok1 := digits(dayText)
	year, ok2 := digits(yearText)
	seconds, ok3 := clock(clockText)
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	index := -1
	if len(monthText) == 3 {
		index = strings.Index(months, monthText)
	}
	if !(ok1 && ok2 && ok3) || index < 0 || index%3 != 0 {
		return 0, false
	}
	switch len(yearText) {
	case 2: // RFC 850; 70 to 99 are the last century's, as in C's library
		year += 1900
		if year < 1970 {
			year += 100
		}
	case 4:
	default:
		return 0, false
	}
	month := int64(index/3 + 1)
	if day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	return (daysSinceEpoch(year, month, day)*24*60*60 + seconds) * 1000, true
}

// clock reads hh:mm:ss, in seconds; a leap second counts as the next one.
func clock(s string) (seconds int64, ok bool) {
	if len(s) != 8 || s[2] != ':' || s[5] != ':' {
		return 0, false
	}
	h, ok1 := digits(s[0:2])
	m, ok2 := digits(s[3:5])
	sec, ok3 := digits(s[6:8])
	return (h*60+m)*60 + sec, ok1 && ok2 && ok3 && h < 24 && m < 60 && sec <= 60
}

// digits reads up to nine decimal digits and nothing else.
func digits(s string) (n int64, ok bool) {
	if !isDigits(s) || len(s) > 9 {
		return 0, false
	}
	for i := range len(s) {
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func daysIn(year, month int64) int64 {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysSinceEpoch counts days from 1970-01-01 in the Gregorian calendar. Years
// begin in March, so that the leap day is the last of its year.
func daysSinceEpoch(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	leaps := year/4 - year/100 + year/400
	return 365*year + leaps + (153*(month-3)+2)/5 + day - 1 - 719468
}
