// What each type of event says, in a sentence: for the documents that are generated.

extension EventType {
  /// What the event says, in a sentence: for the schemas, the AsyncAPI document and screens.
  public var summary: String {
    switch self {
    case .contactStarted: "A contact began: a session, a call, a visit. It opens a list of next best actions."
    case .contactEnded: "The contact is over; its list is no longer of use."
    case .pageViewed: "The customer looked at a page."
    case .productViewed: "The customer looked at a product."
    case .searchPerformed: "The customer searched for something."
    case .cartChanged: "The customer put something into the cart, or took it out."
    case .formSubmitted: "The customer sent a form: a soft or a hard conversion."
    case .emailDelivered: "An e-mail reached the customer's mailbox."
    case .emailOpened: "The customer opened an e-mail."
    case .emailClicked: "The customer followed a link in an e-mail."
    case .emailBounced: "An e-mail could not be delivered."
    case .messageReceived: "The customer wrote to us."
    case .nbaPresented: "A proposition of a list was shown to the customer."
    case .nbaClicked: "The customer took a closer look at a proposition."
    case .nbaAccepted: "The customer accepted a proposition: a lead begins."
    case .nbaRejected: "The customer rejected a proposition: it rests."
    case .identityAsserted: "The customer said, or proved, who he is."
    case .consentGiven: "The customer agreed to a purpose."
    case .consentWithdrawn: "The customer no longer agrees to a purpose."
    case .questionAsked: "The customer asked a question."
    case .complaintFiled: "The customer complained."
    case .taskDone: "A channel has done what it was asked to do for a lead."
    case .taskFailed: "A channel could not do what it was asked to do for a lead."
    case .customerRecorded: "A system of record knows these attributes of the customer."
    case .orderPlaced: "The customer ordered something: net revenue."
    case .eventAttended: "The customer came to an event."
    case .relationRecorded: "A person acts for an organisation or a household, in a role; or does no longer."
    case .facetLeft: "What is known under an identifier now belongs to another profile."
    case .segmentEntered: "The customer came to be in a segment: by an event, or because time went by."
    case .segmentLeft: "The customer is no longer in a segment."
    case .facetReceived: "What is known under an identifier came from another profile."
    }
  }
}
