//go:build darwin || dragonfly || freebsd || linux || netbsd

package impl

// Page is how many bytes a page of m has.
func Page(m *Mmap) int { return m.page }

// SetFault has m ask fault before each call of the system, and fail with the error it returns.
func SetFault(m *Mmap, fault func(call string) error) { m.fault = fault }
