import type { Booking } from "../../domain/booking.ts";

/** A booking as the API shows it. */
export function presentBooking(booking: Booking) {
  return {
    id: booking.id,
    title: booking.title,
    description: booking.description,
    location: booking.location,
    startTime: booking.startTime.toISOString(),
    endTime: booking.endTime.toISOString(),
    status: booking.status,
    resourceId: booking.resourceId,
    ownerId: booking.ownerId,
    quantity: booking.quantity,
    attendees: booking.attendees,
    metadata: booking.metadata,
    version: booking.version,
    cancellationReason: booking.cancellationReason,
    cancelledAt: booking.cancelledAt?.toISOString() ?? null,
    createdAt: booking.createdAt.toISOString(),
    updatedAt: booking.updatedAt.toISOString(),
  };
}
