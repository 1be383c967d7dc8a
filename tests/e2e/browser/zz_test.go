package browser

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

func TestZZ(t *testing.T) {
	h, err := NewHome(t.TempDir(), "BROWSER=chromium")
	require.NoError(t, err)
	d, err := StartDisplay(h)
	require.NoError(t, err)
	t.Cleanup(d.Stop)
	p, err := h.start("demo", nil, e2e.Demo(t), "--module", "/tmp/m/tscns-pkcs11.so", "--browser")
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	for i := range 9 {
		time.Sleep(2 * time.Second)
		d.Screenshot(fmt.Sprintf("/tmp/demo%d.png", i))
		fmt.Println(d.Windows())
		if i == 3 {
			d.Key("Return")
		}
		if i == 5 {
			d.Type("12345678")
			d.Key("Return")
		}
		if i == 7 {
			d.Key("alt+F4")
		}
	}
	fmt.Println(p.Log(), p.Running())
}
