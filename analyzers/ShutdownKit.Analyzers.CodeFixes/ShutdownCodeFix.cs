using System.Collections.Immutable;
using Microsoft.CodeAnalysis.CodeFixes;

namespace ShutdownKit.Analyzers.CodeFixes;

/// <summary>A fix of one rule, which can fix all occurrences at once.</summary>
public abstract class ShutdownCodeFix : CodeFixProvider
{
    private protected ShutdownCodeFix(string ruleId) => FixableDiagnosticIds = ImmutableArray.Create(ruleId);

    /// <inheritdoc/>
    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; }

    /// <inheritdoc/>
    public override FixAllProvider? GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;
}
