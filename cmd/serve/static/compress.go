package static

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Effort is how much time compression may take.
type Effort int

const (
	Quick    Effort = iota // milliseconds for a script: while serving
	Thorough               // as small as can be, seconds for a program: while building
)

// Suffixes are what the names of a file's compressed twins end in, by coding.
func Suffixes() map[string]string {
	all := map[string]string{}
	for _, c := range codings {
		all[c.name] = c.suffix
	}
	return all
}

// Compress gives content in a coding (br, zstd, gzip). The same content gives
// the same bytes.
func Compress(coding string, content []byte, effort Effort) ([]byte, error) {
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "br":
		level := 5
		if effort == Thorough {
			level = brotli.BestCompression
		}
		w = brotli.NewWriterLevel(&b, level)
	case "zstd":
		level := zstd.SpeedDefault
		if effort == Thorough {
			level = zstd.SpeedBestCompression
		}
		// Browsers refuse windows over 8 MiB (RFC 9659).
		w, err = zstd.NewWriter(&b, zstd.WithEncoderLevel(level), zstd.WithWindowSize(8<<20), zstd.WithEncoderConcurrency(1))
	case "gzip":
		level := gzip.DefaultCompression
		if effort == Thorough {
			level = gzip.BestCompression
		}
		w, err = kgzip.NewWriterLevel(&b, level)
	default:
		err = fmt.Errorf("%q is no coding of ours", coding)
	}
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// WorthIt is whether a file is of a kind, and a size, that compression helps:
// below one packet nothing is won.
func WorthIt(name string, size int) bool { return size >= 1<<10 && squeezable(name) }

// squeezed compresses what is small enough to do so while somebody waits. What
// is larger is sent as it is, unless a build has left twins beside it.
func squeezed(name string, content []byte) []*variant {
	const most = 256 << 10
	if !WorthIt(name, len(content)) || len(content) > most {
		return nil
	}
	var made []*variant
	for _, c := range codings {
		if small, err := Compress(c.name, content, Quick); err == nil && len(small) < len(content) {
			made = append(made, newVariant(c.name, small))
		}
	}
	return made
}
