package gateway

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A Secret says where a secret lies: in an environment variable or in a file.
// It holds no secret, so it can be printed.
type Secret struct{ env, file string }

const largestSecret = 64 << 10 // bytes

// read fetches the secret. Files are read anew every time, so that a secret
// can be replaced while the gateway runs. Errors name the place, never the content.
func (s Secret) read(lookup func(string) (string, bool)) (string, error) {
	var value string
	if s.env != "" {
		var set bool
		if value, set = lookup(s.env); !set || value == "" {
			return "", fmt.Errorf("the environment variable %s is not set: it has to hold the secret", s.env)
		}
	} else {
		file, err := os.Open(s.file)
		if err != nil {
			return "", fmt.Errorf("the secret's file cannot be read: %w", err)
		}
		defer file.Close()
		data, err := io.ReadAll(io.LimitReader(file, largestSecret+1))
		if err != nil {
			return "", fmt.Errorf("the secret's file cannot be read: %w", err)
		}
		value = strings.TrimRight(string(data), "\r\n") // editors end files with a newline
		if value == "" {
			return "", fmt.Errorf("the secret's file %s is empty", s.file)
		}
	}
	if len(value) > largestSecret || !validHeaderValue(value) {
		return "", errors.New("the secret is too long or has control characters in it")
	}
	return value, nil
}
