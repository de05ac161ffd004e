internal import Base

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension SocketEndpoint {
  /// The addresses of the endpoint, in the order in which to try them (RFC 6724).
  ///
  /// An IP address is answered at once. A name may block for as long as the system's resolver takes,
  /// so never call this on a loop.
  /// - Throws: `SocketError` with operation `resolve`.
  public func resolveBlocking() throws(SocketError) -> [SocketAddress] {
    if let address = numeric { return [address] }
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = CInt(Self.streamType)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else { throw Self.failure(self, status, errno) }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    for entry in sequence(first: list, next: { $0?.pointee.ai_next }) {
      guard let info = entry?.pointee, let system = info.ai_addr else { break }
      guard let address = SocketAddress(system, length: info.ai_addrlen) else { continue }
      if !addresses.contains(address) { addresses.append(address) }
    }
    guard !addresses.isEmpty else {
      throw SocketError(.resolve, description, reason: "the name has no IP address")
    }
    return addresses
  }

  /// The same without blocking: `completion` is called once, on a thread of its own or, for an IP
  /// address, before this returns.
  public func resolve(_ completion: @escaping @Sendable (Result<[SocketAddress], SocketError>) -> Void) {
    if let address = numeric { return completion(.success([address])) }
    // `getaddrinfo` may block for minutes, and threads of the Dispatch pool are few.
    let code = DetachedThread.start {
      do throws(SocketError) {
        completion(.success(try resolveBlocking()))
      } catch {
        completion(.failure(error))
      }
    }
    if code != 0 { completion(.failure(SocketError(.resolve, description, code: code))) }
  }

  private var numeric: SocketAddress? {
    SocketAddress.Host(host).map { SocketAddress($0, port: port) }
  }

  private static var streamType: Int {
    #if canImport(Darwin)
      Int(SOCK_STREAM)
    #else
      Int(SOCK_STREAM.rawValue)
    #endif
  }

  private static func failure(_ endpoint: SocketEndpoint, _ status: CInt, _ code: CInt) -> SocketError {
    if status == EAI_SYSTEM { return SocketError(.resolve, endpoint.description, code: code) }
    let text = String(cString: gai_strerror(status))
    return SocketError(.resolve, endpoint.description, reason: text.prefix(1).lowercased() + text.dropFirst())
  }
}
