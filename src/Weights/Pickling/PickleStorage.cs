namespace Dlrm.Weights.Pickling;

/// <summary>A storage that a pickle refers to.</summary>
/// <param name="Type">How its elements are written; null for bytes without a type.</param>
/// <param name="Key">Its name in the file.</param>
/// <param name="Start">The first element's number in the storage of that name.</param>
/// <param name="Elements">How many it has.</param>
internal sealed record PickleStorage(ElementType? Type, string Key, long Start, long Elements);
