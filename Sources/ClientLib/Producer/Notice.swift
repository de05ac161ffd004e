extension Producer {
  /// An event in a producer's life that no call asked for. The producer goes on.
  public struct Notice: Hashable, Sendable, CustomStringConvertible {
    /// Kind of a notice; later versions may add more.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
      /// Name of the kind in logs.
      public let description: String

      private init(_ name: String) {
        description = name
      }

      /// A connection is open.
      public static let connected = Kind("CONNECTED")
      /// No server answers yet. The producer takes batches, and sends them when a server answers.
      public static let startedOffline = Kind("STARTED_OFFLINE")
      /// The connection ended; the producer connects again.
      public static let disconnected = Kind("DISCONNECTED")
      /// The server is about to stop; the producer moves to another connection.
      public static let moving = Kind("MOVING")
      /// The server cannot reach its database; batches wait.
      public static let storeUnavailable = Kind("STORE_AWAY")
      /// The server reaches its database again.
      public static let storeBack = Kind("STORE_BACK")
      /// Another program used the identity, so the producer took a new one. Unsettled batches are sent
      /// again under it.
      public static let identityRenewed = Kind("IDENTITY_RENEWED")
      /// Batches that an earlier producer left in the spool are sent again.
      public static let spoolRecovered = Kind("SPOOL_RECOVERED")
      /// A part of the spool's files is damaged. Batches in it are not sent; a copy of its bytes stays
      /// beside the files.
      public static let spoolDamaged = Kind("SPOOL_DAMAGED")
      /// The spool's disk is full. Until it has space, `publish` acts as ``Configuration/whenFull`` says.
      /// Batches in the spool are sent.
      public static let spoolFull = Kind("SPOOL_FULL")
      /// The spool's disk has space again.
      public static let spoolHasSpace = Kind("SPOOL_HAS_SPACE")
      /// The database is another one, or is in an earlier state: batches that were acknowledged as
      /// committed may be gone. Unsettled batches are sent again; the user must publish older events again.
      public static let lineageLoss = Kind("LINEAGE_LOSS")
    }

    /// Kind of the notice.
    public let kind: Kind
    /// A sentence for people about what happened.
    public let message: String

    /// Kind and message.
    public var description: String { "\(kind): \(message)" }
  }
}
