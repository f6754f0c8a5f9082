package standin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
)

// keygen writes a fresh private key that kube-apiserver and kube-controller-manager take as the
// signer of service account tokens. P-256, because it is made in no time.
func keygen(args []string) error {
	if len(args) != 1 {
		return errors.New("keygen needs a file")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	return os.WriteFile(args[0], block, 0o600)
}
