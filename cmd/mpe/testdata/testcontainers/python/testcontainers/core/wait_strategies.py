from urllib.request import urlopen


class HttpWaitStrategy:
    def __init__(self, port, path):
        assert port == 6730
        self.path = path

    def wait(self, base):
        assert urlopen(base.rstrip("/") + self.path).status == 200
