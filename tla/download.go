package tla

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// tla2tools 1.7.4, the last release.
const (
	jarURL = "https://github.com/tlaplus/tlaplus/releases/download/v1.7.4/tla2tools.jar"
	jarSum = "936a262061c914694dfd669a543be24573c45d5aa0ff20a8b96b23d01e050e88"
)

// Download fetches tla2tools 1.7.4 into the user's cache directory unless it is there, and refuses
// any other content, that of a cached copy included.
func Download(ctx context.Context) (TLC, error) {
	jar, err := cachedJar()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := download(ctx, jarURL, jar, jarSum); err != nil {
		return "", fmt.Errorf("cannot download tla2tools 1.7.4, TLA2TOOLS_JAR may name a copy: %w", err)
	}
	return TLC(jar), nil
}

func cachedJar() (string, error) {
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "casalloc", "tla2tools-1.7.4.jar"), err
}

func download(ctx context.Context, url, file, sum string) error {
	if _, err := os.Stat(file); err == nil {
		return verify(file, sum)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	// The name appears only once the content is proven.
	tmp, err := os.CreateTemp(filepath.Dir(file), "download-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := io.Copy(tmp, resp.Body); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := verify(tmp.Name(), sum); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	return os.Rename(tmp.Name(), file)
}

func verify(file, sum string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)); got != sum {
		return fmt.Errorf("%s is not tla2tools 1.7.4: sha256 %s, want %s", file, got, sum)
	}
	return nil
}
