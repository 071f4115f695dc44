/** Why a message was not taken. */
export interface DeliveryFault {
  /** A short text of ours: no address, no secret, nothing that a server has said. */
  text: string;
  /** Whether the channel refuses this message only, so that others may get through. */
  ofMessage: boolean;
}
