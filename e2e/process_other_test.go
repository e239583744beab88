//go:build !linux

package e2e

import "os/exec"

// dieWithParent does nothing: only Linux can tie a process to its parent's life.
func dieWithParent(*exec.Cmd) {}
