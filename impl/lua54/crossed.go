//go:build lua54

package lua54

// Crossed returns how many of the Calls in Stats went from C into Go. It is 0 after Close.
func (s *State) Crossed() int64 {
	if s.host == nil {
		return 0
	}
	return int64(s.host.asked)
}
