package tla

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDownload(t *testing.T) {
	const content = "the jar"
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/good":
			fmt.Fprint(w, content)
		case "/bad":
			fmt.Fprint(w, "another jar")
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "cache", "a.jar")

	for _, path := range []string{"/bad", "/missing"} {
		if err := download(t.Context(), srv.URL+path, file, sum); err == nil {
			t.Errorf("download of %s = nil, want an error", path)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(left) > 0 {
			t.Errorf("download of %s left %v", path, left)
		}
	}
	for range 2 { // the second finds the first's
		if err := download(t.Context(), srv.URL+"/good", file, sum); err != nil {
			t.Errorf("download = %v, want nil", err)
		}
	}
	if asked != 3 {
		t.Errorf("asked the server %d times, want 3", asked)
	}
	if err := os.WriteFile(file, []byte("spoiled"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := download(t.Context(), srv.URL+"/good", file, sum)
	if err == nil || !strings.Contains(err.Error(), "is not tla2tools") {
		t.Errorf("a spoiled cached copy: %v, want it refused", err)
	}
}

// A download that fails says so in one line.
func TestDownloadFails(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir)
	t.Setenv("LocalAppData", dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Download(ctx)
	if err == nil || !strings.HasPrefix(err.Error(), "cannot download tla2tools 1.7.4") ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("Download without a network = %v, want one line that says it", err)
	}
}

// A cached copy is proven each time it is used, and a jar that is named must be there.
func TestFindTLC(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir)
	t.Setenv("LocalAppData", dir)
	t.Setenv("TLA2TOOLS_JAR", "")
	if _, err := FindTLC(); err != ErrNoTLC {
		t.Errorf("FindTLC with an empty cache = %v, want ErrNoTLC", err)
	}
	jar, err := cachedJar()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(jar), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(jar, []byte("spoiled"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := FindTLC(); err == nil || !strings.Contains(err.Error(), "is not tla2tools") {
		t.Errorf("FindTLC with a spoiled cache = %v, want it refused", err)
	}
	t.Setenv("TLA2TOOLS_JAR", filepath.Join(dir, "none.jar"))
	if _, err := FindTLC(); err == nil || err == ErrNoTLC {
		t.Errorf("FindTLC with TLA2TOOLS_JAR of no file = %v, want its own error", err)
	}
}
