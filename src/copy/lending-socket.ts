import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from 'node:net';

const BUFFER_BYTES = 1 << 16;

/** A socket that reads into one buffer: one for each piece would be much of the garbage of a run. */
export interface LendingSocket extends Socket {
  /**
   * Whether the listeners to its data are given that buffer, which is valid until they return. Else each piece is copied, and
   * is a stream's as any other.
   */
  lends: boolean;
}

/** For the option `stream` of a connection of pg. */
export function lendingSocket(): LendingSocket {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  const callback = (bytes: number): boolean => {
    const piece = buffer.subarray(0, bytes);
    return socket.lends ? socket.emit('data', piece) : socket.push(Buffer.from(piece));
  };
  // The types know `onread` of `connect` only, which gives it to the constructor.
  const options: SocketConstructorOpts & Pick<TcpSocketConnectOpts, 'onread'> = { onread: { buffer, callback } };
  const socket: LendingSocket = Object.assign(new Socket(options), { lends: false });
  return socket;
}
