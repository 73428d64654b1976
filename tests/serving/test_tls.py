"""TLS, and certificates asked of clients, for both protocols."""

import datetime
import json
from pathlib import Path

import grpc
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tensorflow_serving.apis import prediction_service_pb2_grpc

from kerasuite.serving import Client
from kerasuite.serving.client import Identity
from kerasuite.serving.status import ServingError
from tests.serving import models
from tests.serving.models import floats, predict


def certificate(name, issuer=None, issuer_key=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(issuer_key or key, hashes.SHA256())
    )
    return made, key


def pem(made, key=None):
    text = made.public_bytes(serialization.Encoding.PEM)
    if key is None:
        return text
    plain = serialization.NoEncryption()
    private = serialization.PrivateFormat.PKCS8
    return text, key.private_bytes(serialization.Encoding.PEM, private, plain)


@pytest.fixture(scope="module")
def identities(tmp_path_factory):
    """A CA, and what a server and a client of it hold, as PEM files."""
    folder = tmp_path_factory.mktemp("tls")
    ca, ca_key = certificate("test CA")
    (folder / "ca.pem").write_bytes(pem(ca))
    for name in ("server", "client"):
        chain, key = pem(*certificate(name, ca, ca_key))
        (folder / f"{name}.pem").write_bytes(chain)
        (folder / f"{name}.key").write_bytes(key)
    return folder


def ssl_config(identities, file, verify):
    def quoted(name):
        return json.dumps((identities / name).read_text())

    file.write_text(
        f"server_key: {quoted('server.key')} server_cert: {quoted('server.pem')} "
        f"custom_ca: {quoted('ca.pem')} client_verify: {str(verify).lower()}"
    )
    return file


@pytest.mark.parametrize("mutual", [False, True], ids=["tls", "mutual tls"])
def test_tls(half_plus_two, identities, tmp_path, mutual):
    file = ssl_config(identities, tmp_path / "ssl.config", mutual)
    server = models.start(
        model_name="m", model_base_path=str(half_plus_two), ssl_config_file=file, host="localhost"
    )
    ca, cert, key = (identities / n for n in ("ca.pem", "client.pem", "client.key"))
    url = f"{server.addresses['rest']}/v1/models/m"
    target = server.addresses["grpc"].removeprefix("grpcs://")
    mine = (str(cert), str(key))
    try:
        assert requests.get(url, verify=str(ca), cert=mine, timeout=10).status_code == 200
        assert tls_predict(target, ca, mine) == 3.5
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=10)  # who does not know the CA does not trust the server
        with pytest.raises((requests.ConnectionError, requests.exceptions.MissingSchema)):
            requests.get(url.replace("https", "http"), timeout=10)
        if mutual:
            with pytest.raises((requests.exceptions.SSLError, requests.ConnectionError)):
                requests.get(url, verify=str(ca), timeout=10)
            with pytest.raises(grpc.RpcError):
                tls_predict(target, ca)
        else:
            assert requests.get(url, verify=str(ca), timeout=10).status_code == 200
            assert tls_predict(target, ca) == 3.5
    finally:
        server.stop()


def tls_predict(target, ca, pair=None):
    chain, key = (Path(p).read_bytes() for p in pair) if pair else (None, None)
    credentials = grpc.ssl_channel_credentials(ca.read_bytes(), key, chain)
    with grpc.secure_channel(target, credentials) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        return predict(stub, "m", x=floats(1), timeout=10).outputs["y"].float_val[0]


@pytest.mark.parametrize(
    ("text", "hint"),
    {
        "": "must hold server_key and server_cert",
        'server_key: "x" server_cert: "y"': "key or certificate cannot be used",
        'server_key: "x" server_cert: "y" client_verify: true': "no custom_ca",
        "server_key": "protobuf's text form",
    }.items(),
)
def test_wrong_tls_files(half_plus_two, tmp_path, text, hint):
    file = tmp_path / "ssl.config"
    file.write_text(text)
    with pytest.raises(ValueError, match=hint):
        models.start(model_base_path=str(half_plus_two), ssl_config_file=file, port=0)


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_the_client(half_plus_two, identities, tmp_path, protocol):
    file = ssl_config(identities, tmp_path / "ssl.config", verify=True)
    server = models.start(
        model_name="m", model_base_path=str(half_plus_two), ssl_config_file=file, host="localhost"
    )
    ca, certificate, key = (identities / n for n in ("ca.pem", "client.pem", "client.key"))
    url = server.addresses[protocol]
    try:
        with Client(url, identity=Identity(ca, certificate, key)) as client:
            assert client.predict("m", [1])["y"].tolist() == [3.5]
        with Client(url, identity=Identity(ca), retries=0) as client, pytest.raises(ServingError):
            client.predict("m", [1])
    finally:
        server.stop()
