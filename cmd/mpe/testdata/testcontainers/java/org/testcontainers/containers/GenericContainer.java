package org.testcontainers.containers;

import java.net.URI;
import org.testcontainers.containers.wait.strategy.Wait;

/** Stands in for Testcontainers: the container is the emulator at MPE_URL, which runs already. */
public class GenericContainer<SELF extends GenericContainer<SELF>> implements AutoCloseable {
  private final URI at = URI.create(System.getenv("MPE_URL"));

  public GenericContainer(String image) {
    if (!image.equals("mpe")) throw new AssertionError(image);
  }

  @SuppressWarnings("unchecked")
  public SELF withExposedPorts(Integer... ports) {
    if (ports.length != 1 || ports[0] != 6730) throw new AssertionError();
    return (SELF) this;
  }

  @SuppressWarnings("unchecked")
  public SELF waitingFor(Wait strategy) {
    if (!strategy.path().equals("/readyz")) throw new AssertionError();
    return (SELF) this;
  }

  public void start() {}

  public String getHost() { return at.getHost(); }

  public Integer getMappedPort(int port) {
    if (port != 6730) throw new AssertionError();
    return at.getPort();
  }

  @Override
  public void close() {}
}
