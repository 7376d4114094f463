namespace LostOrders;

/// <summary>An order as the client sends it. The client chooses the id, so that it can send the order again when the answer got lost.</summary>
public sealed record Order(string Id, string Item, int Quantity)
{
    internal bool IsValid => !string.IsNullOrWhiteSpace(Id) && !Id.AsSpan().ContainsAny('\r', '\n') && !string.IsNullOrWhiteSpace(Item) && Quantity > 0;
}
