internal import COpenSSL

/// The ciphertext of one connection between OpenSSL and its owner: bytes of the peer that OpenSSL has not read,
/// and bytes for the peer that OpenSSL has written.
///
/// OpenSSL reaches both through a BIO of its own type. In contrast to OpenSSL's memory BIO, both arrays are
/// released as soon as they are empty, so an idle connection holds none.
final class CiphertextBuffers {
  private var input: [UInt8] = []
  /// Bytes of `input` that OpenSSL has read.
  private var used = 0
  private var output: [UInt8] = []

  /// Bytes of the peer that OpenSSL has not read.
  var unread: Int { input.count - used }
  /// The first byte that OpenSSL has not read; nil without one.
  var first: UInt8? { unread > 0 ? input[used] : nil }

  /// Adds bytes of the peer.
  func receive(_ bytes: [UInt8]) {
    if unread == 0 {
      (input, used) = (bytes, 0)
    } else {
      input.removeFirst(used)
      used = 0
      input += bytes
    }
  }

  /// Drops the bytes of the peer, which nobody reads any more.
  func dropInput() { (input, used) = ([], 0) }

  /// Returns the bytes for the peer, and keeps none.
  func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  /// Prepares for about `count` bytes of output.
  func reserve(_ count: Int) { output.reserveCapacity(output.count + count) }

  fileprivate func read(into memory: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(memory.count, unread)
    guard count > 0 else { return 0 }
    input.withUnsafeBytes {
      memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[used..<used + count]))
    }
    used += count
    if used == input.count { dropInput() }
    return count
  }

  fileprivate func write(_ bytes: UnsafeRawBufferPointer) { output.append(contentsOf: bytes) }
}

extension CiphertextBuffers {
  /// Returns a BIO for one connection of OpenSSL. These buffers must live longer than the BIO.
  func makeBIO() -> OpaquePointer {
    guard let bio = BIO_new(Self.method) else { preconditionFailure("no memory for a TLS connection") }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  // Safe: made once, and never changed or freed.
  nonisolated(unsafe) private static let method: OpaquePointer = {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice") else {
      preconditionFailure("no memory for OpenSSL")
    }
    BIO_meth_set_read(method) { bio, memory, count in
      guard let bio, let memory, count > 0 else { return 0 }
      BIO_clear_flags(bio, retryFlags)
      let read = CiphertextBuffers.of(bio).read(
        into: UnsafeMutableRawBufferPointer(start: memory, count: Int(count)))
      if read > 0 { return CInt(read) }
      BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
      return -1
    }
    BIO_meth_set_write(method) { bio, bytes, count in
      guard let bio, let bytes, count > 0 else { return 0 }
      BIO_clear_flags(bio, retryFlags)
      CiphertextBuffers.of(bio).write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      return count
    }
    // OpenSSL flushes after each flight of the handshake. Every other command is for other types of BIO.
    BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    return method
  }()

  private static let retryFlags =
    BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY

  private static func of(_ bio: OpaquePointer) -> CiphertextBuffers {
    guard let data = BIO_get_data(bio) else { preconditionFailure("a BIO has lost its buffers") }
    return Unmanaged<CiphertextBuffers>.fromOpaque(data).takeUnretainedValue()
  }
}
