# Stands in for testcontainers: the container is the emulator at MPE_URL, which runs already.
import os
from urllib.parse import urlsplit


class DockerContainer:
    def __init__(self, image):
        assert image == "mpe"
        self.at = urlsplit(os.environ["MPE_URL"])

    def with_exposed_ports(self, port):
        assert port == 6730
        return self

    def waiting_for(self, strategy):
        strategy.wait(os.environ["MPE_URL"])
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def get_container_host_ip(self):
        return self.at.hostname

    def get_exposed_port(self, port):
        assert port == 6730
        return self.at.port
