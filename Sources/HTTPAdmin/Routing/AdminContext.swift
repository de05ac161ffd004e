import Hummingbird
import NIOCore

/// What a handler knows beside its request.
struct AdminContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The connection that the request came on.
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    self.coreContext = CoreRequestContextStorage(source: source)
    self.channel = source.channel
  }
}
